// SPDX-License-Identifier: GPL-2.0-or-later
#include "outcome/oops_rules.h"

#include <algorithm>
#include <cctype>

#include "outcome/oops_symbols.h"

namespace faultline {
namespace {

using View = std::string_view;
constexpr View panic_start = "Kernel panic - not syncing";
constexpr View panic_end_start = "---[ end Kernel panic - not syncing";
constexpr int near_lines = 12;  ///< How far below its head a report says its details.

bool contains(View text, View part) {
  return text.find(part) != View::npos;
}

View after(View text, View part) {
  const std::size_t at = text.find(part);
  return at == View::npos ? View() : text.substr(at + part.size());
}

View before(View text, View part) {
  return text.substr(0, text.find(part));
}

std::string in_function(std::string what, const std::string& function) {
  return function.empty() ? what : what + " in " + function;
}

/// "mm/rmap.c:123" of a path as the compiler saw it.
std::string source_place(View text) {
  while (text.starts_with("../") || text.starts_with("./")) text.remove_prefix(text.find('/') + 1);
  return without_accidents(text);
}

std::string blame(const ConsoleLine& head, ConsoleReader rest, bool need_stamp,
                  Blame how = Blame::instruction) {
  return blamed_function(rest, head.caller, need_stamp, how);
}

/// The first of the next lines that `wanted` accepts, or "".
template <typename Predicate>
View near_line(ConsoleReader rest, bool need_stamp, Predicate wanted) {
  ConsoleLine line;
  for (int i = 0; i < near_lines && rest.next(line); ++i)
    if ((line.stamped || !need_stamp) && wanted(line.message)) return line.message;
  return {};
}

template <const char* text>
std::string fixed_in_function(const ConsoleLine& head, ConsoleReader rest, bool need_stamp) {
  return in_function(text, blame(head, rest, need_stamp));
}
constexpr char null_dereference[] = "BUG: kernel NULL pointer dereference";
constexpr char page_fault[] = "BUG: unable to handle page fault";
constexpr char soft_lockup[] = "soft lockup";
constexpr char hard_lockup[] = "hard lockup";
constexpr char rcu_stall[] = "INFO: rcu detected stall";
constexpr char double_fault[] = "double fault";
constexpr char stack_guard[] = "BUG: stack guard page was hit";

std::string hung_task_title(const ConsoleLine& head, ConsoleReader rest, bool need_stamp) {
  return in_function("task hung", blame(head, rest, need_stamp, Blame::sleeper));
}

/// Panics that some other report brought about (kernel/panic.c, kernel/watchdog.c, …).
bool is_consequence(View message) {
  for (const View reason :
       {"Fatal exception", "panic_on_warn", "softlockup: hung tasks", "hung_task: blocked tasks",
        "RCU Stall", "Hard LOCKUP", "Oops", "panic_on_kmsan", "kasan.fault=panic"})
    if (contains(message.substr(0, 200), reason)) return true;
  return false;
}

std::string panic_title(const ConsoleLine& head, ConsoleReader rest, bool need_stamp) {
  View reason = head.message;
  if (reason.starts_with(panic_end_start)) {
    reason.remove_prefix(panic_end_start.size());
    if (reason.ends_with("]---")) reason.remove_suffix(4);
  } else {
    reason.remove_prefix(panic_start.size());
  }
  while (reason.starts_with(':') || reason.starts_with(' ')) reason.remove_prefix(1);
  reason = before(reason, " exitcode=");
  const std::string text = without_accidents(reason);
  const std::string title = text.empty() ? "kernel panic" : "kernel panic: " + text;
  // A quiet kernel shows the panic but not the warning that it is for.
  return is_consequence(head.message) ? in_function(title, blame(head, rest, need_stamp)) : title;
}

/// "BUG: KASAN: slab-out-of-bounds in f+0x1/0x2", then "Read of size 8 at addr …".
std::string sanitizer_title(const ConsoleLine& head, ConsoleReader rest, bool need_stamp) {
  const View text = head.message.substr(View("BUG: ").size());
  const std::size_t in = text.rfind(" in ");
  std::string what = without_accidents(text.substr(0, in));
  std::string function = in == View::npos ? std::string() : symbol_at(text.substr(in + 4));
  if (function.empty() || is_messenger(function)) {
    const std::string caller = blame(head, rest, need_stamp);
    if (!caller.empty()) function = caller;
  }
  if (text.starts_with("KASAN:")) {
    const View access = near_line(rest, need_stamp, [](View message) {
      return message.starts_with("Read of size ") || message.starts_with("Write of size ");
    });
    if (!access.empty()) what += access.starts_with("Read") ? " Read" : " Write";
  }
  return in_function(std::move(what), function);
}

/// "BUG: KCSAN: data-race in f / g": the order of the two is chance.
std::string race_title(const ConsoleLine& head, ConsoleReader, bool) {
  const View text = head.message.substr(View("BUG: ").size());
  const std::size_t in = text.rfind(" in ");
  if (in == View::npos) return without_accidents(text);
  std::string one = without_accidents(before(text.substr(in + 4), " / "));
  std::string two = without_accidents(after(text.substr(in + 4), " / "));
  if (!two.empty() && two < one) std::swap(one, two);
  return without_accidents(text.substr(0, in)) + " in " + one + (two.empty() ? "" : " / " + two);
}

/// "WARNING: CPU: 1 PID: 7 at mm/rmap.c:12 f+0x1/0x2" or, since 6.18, "WARNING: mm/rmap.c:12 at
/// f+0x1/0x2, CPU#1: comm/7".
std::string warning_title(const ConsoleLine& head, ConsoleReader rest, bool need_stamp) {
  View text = after(head.message, "WARNING: ");
  View place;
  View function;
  if (text.starts_with("CPU: ")) {
    text = after(text, " at ");
    place = before(text, " ");
    function = after(text, " ");
    if (!symbol_at(text).empty()) {  // A kernel without verbose BUG() says no file.
      place = {};
      function = text;
    }
  } else {
    place = before(text, " at ");
    function = after(text, " at ");
  }
  std::string name = symbol_at(function);
  if (name.empty() || is_messenger(name)) {
    const std::string caller = blame(head, rest, need_stamp);
    if (!caller.empty()) name = caller;
  }
  const std::string title = in_function("WARNING", name);
  return place.empty() ? title : title + " (" + source_place(place) + ")";
}

/// "kernel BUG at mm/rmap.c:12!"
std::string bug_at_title(const ConsoleLine& head, ConsoleReader rest, bool need_stamp) {
  const std::string place = source_place(before(after(head.message, "kernel BUG at "), "!"));
  const std::string function = blame(head, rest, need_stamp);
  return function.empty() ? "kernel BUG at " + place
                          : "kernel BUG in " + function + " (" + place + ")";
}

/// "Oops: general protection fault, …: 0000 [#1] SMP", "invalid opcode: 0000 [#1]".
std::string die_title(const ConsoleLine& head, ConsoleReader rest, bool need_stamp) {
  View text = before(head.message, " [#");
  if (const std::size_t colon = text.rfind(": "); colon != View::npos) text = text.substr(0, colon);
  for (const View prefix : {"Oops: ", "Internal error: "})
    if (text.starts_with(prefix)) text.remove_prefix(prefix.size());
  text = before(before(text, ", probably for"), ", maybe for");
  return in_function(without_accidents(text), blame(head, rest, need_stamp));
}

/// Lockdep names the function that asked for the lock: "… (name){…}-{…}, at: f+0x1/0x2".
std::string lock_title(const ConsoleLine& head, ConsoleReader rest, bool need_stamp) {
  View what = head.message;
  if (what.starts_with("[ ")) what = before(what.substr(2), " ]");
  for (const View prefix : {"WARNING: ", "BUG: "})
    if (what.starts_with(prefix)) what.remove_prefix(prefix.size());
  std::string title = without_accidents(what);
  if (contains(what, "locking dependency detected") || contains(what, "recursive locking") ||
      contains(what, "irq lock inversion") || contains(what, "unsafe lock order"))
    title = "possible deadlock";
  const View at =
      near_line(rest, need_stamp, [](View message) { return contains(message, " at: "); });
  return in_function(std::move(title), symbol_at(after(at, " at: ")));
}

std::string suspicious_rcu_title(const ConsoleLine&, ConsoleReader rest, bool need_stamp) {
  const View line = near_line(rest, need_stamp, [](View message) {
    return contains(message, " suspicious ") && contains(message, " usage!");
  });
  const std::string place = source_place(before(line, " "));
  return place.empty() ? "suspicious RCU usage" : "suspicious RCU usage at " + place;
}

/// "BUG kmalloc-64 (Not tainted): Right Redzone overwritten"
std::string slab_title(const ConsoleLine& head, ConsoleReader, bool) {
  return without_accidents(before(head.message, " (")) + ": " +
         without_accidents(after(head.message, "): "));
}

std::string ubsan_title(const ConsoleLine& head, ConsoleReader, bool) {
  const std::size_t in = head.message.rfind(" in ");
  if (in == View::npos) return without_accidents(head.message);
  return without_accidents(head.message.substr(0, in)) + " in " +
         source_place(head.message.substr(in + 4));
}

/// "PANIC: early exception 0x0e IP 10:ffffffff81000000 error 0 cr2 0x0": the number is the vector.
std::string early_exception_title(const ConsoleLine& head, ConsoleReader, bool) {
  return "early exception " +
         std::string(before(after(head.message, "exception "), " ").substr(0, 6));
}

/// Any other "BUG: …": what is said up to the first thing that differs from time to time.
std::string bug_title(const ConsoleLine& head, ConsoleReader, bool) {
  View text = head.message.substr(head.message.find("BUG: "));
  for (const View detail :
       {" in process ", " mm:", " mm: ", " - pool ", ": lock:", " on CPU#", " [00000", " code: "})
    text = before(text, detail);
  if (text.starts_with("BUG: scheduling while atomic")) return "BUG: scheduling while atomic";
  return without_accidents(text);
}

/// die()'s line: a word or more, ": ", an error code in hex, " [#", a count, "]".
bool is_die_line(View message) {
  const std::size_t mark = message.substr(0, 200).find(" [#");
  if (mark == View::npos || mark + 3 >= message.size() ||
      std::isdigit(static_cast<unsigned char>(message[mark + 3])) == 0)
    return false;
  const std::size_t colon = message.substr(0, mark).rfind(": ");
  if (colon == View::npos || colon == 0) return false;
  const View code = message.substr(colon + 2, mark - colon - 2);
  return code.size() >= 4 && code.size() <= 16 && std::all_of(code.begin(), code.end(), [](char c) {
           return std::isxdigit(static_cast<unsigned char>(c)) != 0;
         });
}

ReportHead minor(decltype(ReportHead::title) title) {
  return {.weight = Weight::minor, .title = title};
}
ReportHead warning(decltype(ReportHead::title) title) {
  return {.weight = Weight::minor, .warning = true, .title = title};
}
ReportHead oops(decltype(ReportHead::title) title) {
  return {.weight = Weight::serious, .oops = true, .title = title};
}
ReportHead sanitizer(decltype(ReportHead::title) title, Weight weight) {
  return {.weight = weight, .warning = true, .delimited = true, .title = title};
}

std::optional<ReportHead> bug_head(View message) {
  if (message.starts_with("BUG: KCSAN: ")) return sanitizer(race_title, Weight::minor);
  for (const View kind : {"BUG: KASAN: ", "BUG: KFENCE: ", "BUG: KMSAN: "})
    if (message.starts_with(kind)) return sanitizer(sanitizer_title, Weight::serious);
  if (message.starts_with("BUG: kernel NULL pointer dereference") ||
      message.starts_with("BUG: unable to handle kernel NULL pointer dereference"))
    return oops(fixed_in_function<null_dereference>);
  if (message.starts_with("BUG: unable to handle ")) return oops(fixed_in_function<page_fault>);
  if (message.starts_with("BUG: soft lockup")) return minor(fixed_in_function<soft_lockup>);
  if (contains(message.substr(0, 60), "stack guard page was hit"))
    return oops(fixed_in_function<stack_guard>);
  if (message.starts_with("BUG: ")) return minor(bug_title);
  if (message.starts_with("BUG ") && contains(message.substr(0, 200), "): "))
    return minor(slab_title);
  return std::nullopt;
}

std::optional<ReportHead> warning_head(View message) {
  if (message.starts_with("WARNING: suspicious RCU usage")) return minor(suspicious_rcu_title);
  const View text = after(message, "WARNING: ");
  if (text.starts_with("CPU: ") && contains(text.substr(0, 60), " PID: ") &&
      contains(text.substr(0, 80), " at "))
    return warning(warning_title);
  if (!symbol_at(after(text.substr(0, 300), " at ")).empty() && contains(text, ", CPU#"))
    return warning(warning_title);
  for (const View what :
       {"possible circular locking dependency", "possible recursive locking",
        "possible irq lock inversion", "inconsistent lock state", "bad unlock balance",
        "held lock freed", "lock held when returning to user space", "HARDIRQ-safe", "SOFTIRQ-safe",
        "HARDIRQ-READ-safe", "SOFTIRQ-READ-safe", "Nested lock was not taken"})
    if (text.starts_with(what)) return minor(lock_title);
  return std::nullopt;
}

}  // namespace

std::optional<ReportHead> report_head(View message) {
  // Every kind begins with one of a few letters; most lines end here.
  if (message.empty()) return std::nullopt;
  if (message.starts_with(panic_start) || message.starts_with(panic_end_start))
    return ReportHead{.weight = is_consequence(message) ? Weight::consequence : Weight::serious,
                      .panic = true,
                      .title = panic_title};
  if (message.starts_with("BUG")) return bug_head(message);
  if (message.starts_with("WARNING: ")) return warning_head(message);
  if (message.starts_with("[ BUG: ") || message.starts_with("[ WARNING: "))
    return minor(lock_title);
  if (message.starts_with("kernel BUG at ")) return oops(bug_at_title);
  if (message.starts_with("UBSAN: ") && contains(message.substr(0, 120), " in "))
    return warning(ubsan_title);
  if (message.starts_with("INFO: task ") && contains(message.substr(0, 200), " blocked for more"))
    return minor(hung_task_title);
  if ((message.starts_with("rcu: INFO: ") || message.starts_with("INFO: rcu")) &&
      contains(message.substr(0, 120), "stall"))
    return minor(fixed_in_function<rcu_stall>);
  if (message.starts_with("watchdog: ") || message.starts_with("NMI watchdog: ")) {
    const View what = after(message, "watchdog: ");
    if (what.starts_with("BUG: soft lockup")) return minor(fixed_in_function<soft_lockup>);
    if (contains(what.substr(0, 80), "Watchdog detected hard LOCKUP"))
      return minor(fixed_in_function<hard_lockup>);
    return std::nullopt;
  }
  if (message.starts_with("Unable to handle kernel NULL pointer"))
    return oops(fixed_in_function<null_dereference>);
  if (message.starts_with("Unable to handle kernel ")) return oops(fixed_in_function<page_fault>);
  if (message.starts_with("PANIC: early exception "))
    return ReportHead{.weight = Weight::serious, .panic = true, .title = early_exception_title};
  if (message.starts_with("PANIC: double fault") ||
      message.starts_with("traps: PANIC: double fault"))
    return oops(fixed_in_function<double_fault>);
  if (is_die_line(message)) return oops(die_title);
  return std::nullopt;
}

}  // namespace faultline
