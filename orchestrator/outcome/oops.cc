// SPDX-License-Identifier: GPL-2.0-or-later
#include "outcome/oops.h"

#include <algorithm>

#include "base/text.h"
#include "outcome/console_lines.h"
#include "outcome/oops_rules.h"

namespace faultline {
namespace {

constexpr std::size_t text_limit = std::size_t{16} << 10;
constexpr int text_lines = 150;

/// A report that was found: where it begins and what kind it is.
struct Found {
  ReportHead head;
  ConsoleLine line;
  std::size_t offset = 0;  ///< Of its first line in the log.
  ConsoleReader after{{}};
};

/// What the kernel was told to do about problems, from the echo of its command line.
struct PanicPolicy {
  bool on_oops = false;
  bool on_warning = false;
};

PanicPolicy policy_of(std::string_view cmdline) {
  PanicPolicy policy;
  while (!cmdline.empty()) {
    const std::size_t blank = std::min(cmdline.find(' '), cmdline.size());
    const std::string_view word = cmdline.substr(0, blank);
    if (word == "oops=panic" || word == "sysctl.kernel.panic_on_oops=1") policy.on_oops = true;
    if (word == "panic_on_warn" || word == "panic_on_warn=1" ||
        word == "sysctl.kernel.panic_on_warn=1")
      policy.on_warning = true;
    cmdline.remove_prefix(std::min(blank + 1, cmdline.size()));
  }
  return policy;
}

bool has_stamps(std::string_view console) {
  ConsoleReader reader(console);
  ConsoleLine line;
  while (reader.next(line))
    if (line.stamped) return true;
  return false;
}

/// The lines of a report: from its head (and the "cut here" above it) to its end mark, to the next
/// report, or to the bound.
std::string report_text(std::string_view console, const Found& found, std::size_t cut_here,
                        bool need_stamp) {
  std::string text;
  const auto add = [&](std::string_view whole) {
    const std::string clean = printable(whole, std::min<std::size_t>(whole.size(), 1024));
    if (text.size() + clean.size() + 1 > text_limit) return false;
    text += clean;
    text += '\n';
    return true;
  };
  ConsoleReader reader(console.substr(cut_here, found.after.offset() - cut_here));
  ConsoleLine line;
  while (reader.next(line))
    if (!add(line.whole)) return text;
  if (found.line.message.starts_with("---[ end")) return text;
  reader = found.after;
  bool trace_done = false;
  for (int i = 0; i < text_lines && reader.next(line); ++i) {
    if (need_stamp && !line.stamped) continue;
    // Past the call trace only registers and the end mark belong to the report.
    if (trace_done && line.message.starts_with("------------[ cut here")) break;
    if (const auto next = report_head(line.message);
        next && next->weight != Weight::consequence &&
        (trace_done || next->title == found.head.title))
      break;
    if (!add(line.whole)) break;
    if (line.message.starts_with("---[ end")) break;
    if (found.head.delimited && line.message.starts_with("======")) break;
    if (line.message.starts_with(" </TASK>")) trace_done = true;
  }
  return text;
}

}  // namespace

std::optional<Oops> find_oops(std::string_view console) {
  // Where printk stamps its lines, a line without a stamp is not the kernel's.
  const bool need_stamp = has_stamps(console);
  std::optional<Found> chosen;
  std::size_t chosen_cut_here = 0;
  std::string halted;  // The decompressor gave up before there was a kernel.
  std::string last_unstamped;
  PanicPolicy policy;
  bool panicked = false;
  bool seen_stamp = false;

  ConsoleReader reader(console);
  ConsoleLine line;
  std::size_t begin = 0;
  std::size_t cut_here = std::string_view::npos;
  int since_cut_here = 0;
  for (; reader.next(line); begin = reader.offset()) {
    seen_stamp = seen_stamp || line.stamped;
    if (!seen_stamp) {
      if (line.message.starts_with(" -- System halted")) halted = last_unstamped;
      if (!line.message.empty() && line.message.size() < 200) last_unstamped = line.message;
    }
    if (need_stamp && !line.stamped) continue;
    if (line.message.starts_with("Kernel command line: ") ||
        line.message.starts_with("Command line: "))
      policy = policy_of(line.message.substr(line.message.find(": ") + 2));
    if (line.message.starts_with("Fixing recursive fault but reboot is needed")) panicked = true;
    if (line.message.starts_with("------------[ cut here ]")) {
      cut_here = begin;
      since_cut_here = 0;
    } else {
      ++since_cut_here;
    }
    const std::optional<ReportHead> head = report_head(line.message);
    if (!head) continue;
    panicked = panicked || head->panic;
    // The first report is the one that counts, except that a complaint which the kernel survived
    // must not hide the crash that came later for a reason of its own.
    const bool first = !chosen;
    const bool outweighs =
        chosen && chosen->head.weight == Weight::minor && head->weight == Weight::serious;
    if (!first && !outweighs) continue;
    chosen = Found{*head, line, begin, reader};
    constexpr int near_cut_here = 6;
    chosen_cut_here =
        cut_here != std::string_view::npos && since_cut_here <= near_cut_here ? cut_here : begin;
    cut_here = std::string_view::npos;
  }
  if (!chosen) {
    if (halted.empty()) return std::nullopt;
    return Oops{.title = "system halted before the kernel: " + printable(halted),
                .text = printable(halted) + "\n -- System halted\n",
                .fatal = true};
  }
  const ReportHead& head = chosen->head;
  Oops oops;
  oops.title = head.title(chosen->line, chosen->after, need_stamp);
  oops.text = report_text(console, *chosen, chosen_cut_here, need_stamp);
  oops.fatal = panicked || (head.oops && policy.on_oops) || (head.warning && policy.on_warning);
  return oops;
}

}  // namespace faultline
