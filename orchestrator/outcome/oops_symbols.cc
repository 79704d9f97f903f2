// SPDX-License-Identifier: GPL-2.0-or-later
#include "outcome/oops_symbols.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace faultline {
namespace {

constexpr std::size_t symbol_limit = 128;
constexpr std::size_t title_limit = 160;
constexpr int look_ahead_lines = 120;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f');
}
bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

template <std::size_t n>
bool begins_with_any(std::string_view text, const std::array<std::string_view, n>& beginnings) {
  return std::any_of(beginnings.begin(), beginnings.end(),
                     [&](std::string_view beginning) { return text.starts_with(beginning); });
}

/// The text after the marker of a program counter ("RIP: 0010:", "pc : "), or "". 0010 is the
/// kernel's code segment; a RIP of 0033 is where user space was and says nothing.
std::string_view program_counter(std::string_view message) {
  for (const std::string_view marker : {"RIP: 0010:", "RIP: e030:", "EIP: ", "pc : ", "epc : "})
    if (message.starts_with(marker)) return message.substr(marker.size());
  return {};
}

/// True for lines after which functions belong to another report.
bool ends_report(std::string_view message) {
  static constexpr std::array<std::string_view, 5> beginnings{
      "---[ end", "Kernel panic", "INFO: task ", "rcu: INFO: ", "watchdog: BUG: "};
  return begins_with_any(message, beginnings);
}

}  // namespace

std::string symbol_at(std::string_view text) {
  std::size_t end = 0;
  while (end < text.size() && end < symbol_limit &&
         (is_word(text[end]) || text[end] == '.' || text[end] == '$'))
    ++end;
  if (end == 0 || is_digit(text[0]) || text.substr(end, 3) != "+0x") return {};
  std::string_view name = text.substr(0, end);
  if (const std::size_t dot = name.find('.', 1); dot != std::string_view::npos)
    name = name.substr(0, dot);
  return std::string(name);
}

bool is_messenger(std::string_view symbol) {
  static constexpr std::array<std::string_view, 33> beginnings{"_raw_spin_",
                                                               "_raw_read_",
                                                               "_raw_write_",
                                                               "native_queued_spin_",
                                                               "queued_spin_",
                                                               "do_raw_spin_",
                                                               "__pv_queued_",
                                                               "lock_acquire",
                                                               "__lock_acquire",
                                                               "dump_stack",
                                                               "show_stack",
                                                               "show_trace",
                                                               "print_",
                                                               "kasan_",
                                                               "__kasan_",
                                                               "__asan_",
                                                               "check_memory_",
                                                               "__warn",
                                                               "warn_slowpath",
                                                               "report_bug",
                                                               "handle_bug",
                                                               "exc_",
                                                               "asm_",
                                                               "refcount_warn_saturate",
                                                               "__list_add_valid",
                                                               "__list_del_entry_valid",
                                                               "panic",
                                                               "nmi_panic",
                                                               "oops_",
                                                               "check_panic_on_warn",
                                                               "__die",
                                                               "page_fault_oops",
                                                               "bad_area"};
  static constexpr std::array<std::string_view, 14> names{
      "memcpy",  "memset",      "memmove",     "memcmp",         "strlen",
      "strcmp",  "__memcpy",    "__memset",    "__memmove",      "strcpy",
      "strnlen", "memcpy_orig", "memset_orig", "clear_page_erms"};
  return begins_with_any(symbol, beginnings) ||
         std::find(names.begin(), names.end(), symbol) != names.end();
}

bool is_waiter(std::string_view symbol) {
  static constexpr std::array<std::string_view, 26> beginnings{
      "__switch_to",       "context_switch",
      "__schedule",        "schedule",
      "io_schedule",       "preempt_schedule",
      "__mutex_lock",      "mutex_lock",
      "rwsem_down_",       "down_",
      "__down_",           "semaphore_",
      "rwbase_",           "rt_mutex_",
      "__rt_mutex_",       "wait_for_",
      "__wait_",           "do_wait_for_",
      "folio_wait_",       "__folio_lock",
      "folio_lock",        "wait_on_",
      "bit_wait",          "out_of_line_wait_",
      "percpu_rwsem_wait", "prepare_to_wait"};
  return begins_with_any(symbol, beginnings) || is_messenger(symbol);
}

std::string blamed_function(ConsoleReader after_head, std::string_view caller, bool need_stamp,
                            Blame blame) {
  ConsoleLine line;
  std::string spare;  // A messenger, to be named if nothing better turns up.
  bool in_trace = false;
  for (int i = 0; i < look_ahead_lines && after_head.next(line); ++i) {
    if (need_stamp && !line.stamped) continue;
    if (!caller.empty() && line.caller != caller) continue;
    const std::string_view message = line.message;
    if (ends_report(message)) break;
    std::string symbol;
    if (const std::string_view at = program_counter(message); !at.empty()) {
      if (blame == Blame::instruction) symbol = symbol_at(at);
    } else if (message.starts_with("Call Trace:") || message.starts_with("Call trace:")) {
      in_trace = true;
    } else if (in_trace && message.starts_with(' ')) {
      // " ? name+0x…" is a left-over of the stack, not a caller: symbol_at() refuses it.
      const std::size_t text = message.find_first_not_of(' ');
      if (text != std::string_view::npos) symbol = symbol_at(message.substr(text));
    }
    if (symbol.empty()) continue;
    if (blame == Blame::sleeper ? !is_waiter(symbol) : !is_messenger(symbol)) return symbol;
    if (spare.empty()) spare = symbol;
  }
  return spare;
}

std::string without_accidents(std::string_view text) {
  std::string out;
  const auto ends_with_word = [&](std::string_view word) {
    if (out.size() < word.size()) return false;
    return std::equal(word.rbegin(), word.rend(), out.rbegin(), [](char a, char b) {
      return a == std::tolower(static_cast<unsigned char>(b));
    });
  };
  std::size_t i = 0;
  while (i < text.size() && out.size() < title_limit) {
    const char c = text[i];
    const bool at_word = i == 0 || !is_word(text[i - 1]);
    if (text.substr(i, 3) == "+0x") {  // An offset into a function: "+0x12/0x34".
      i += 3;
      while (i < text.size() && is_hex(text[i])) ++i;
      if (text.substr(i, 3) == "/0x") {
        i += 3;
        while (i < text.size() && is_hex(text[i])) ++i;
      }
      continue;
    }
    if (at_word && is_word(c)) {
      std::size_t end = i;
      while (end < text.size() && is_word(text[end])) ++end;
      const std::string_view word = text.substr(i, end - i);
      const bool prefixed = word.starts_with("0x");
      const bool long_hex = word.size() >= 8 && std::all_of(word.begin(), word.end(), is_hex);
      const bool decimal = std::all_of(word.begin(), word.end(), is_digit);
      const bool names_cpu_or_task =
          decimal && (ends_with_word("cpu#") || ends_with_word("cpu ") || ends_with_word("cpu: ") ||
                      ends_with_word("cpu") || ends_with_word("pid ") || ends_with_word("pid: ") ||
                      ends_with_word("pid:") || (out.size() > 1 && out.back() == '/'));
      if (prefixed || long_hex || names_cpu_or_task)
        out += '?';
      else
        out += word.substr(0, title_limit);
      i = end;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += byte < 0x20 || byte >= 0x7f ? '?' : c;
    ++i;
  }
  if (out.size() > title_limit) out.resize(title_limit);
  while (!out.empty() &&
         (out.back() == ' ' || out.back() == ':' || out.back() == ',' || out.back() == '.'))
    out.pop_back();
  return out;
}

}  // namespace faultline
