// SPDX-License-Identifier: GPL-2.0-or-later
#include "spec/diagnostic_list.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace faultline {

void DiagnosticList::error(YamlMark mark, std::string message, std::string hint) {
  add(Severity::error, mark, std::move(message), std::move(hint));
}

void DiagnosticList::warning(YamlMark mark, std::string message, std::string hint) {
  add(Severity::warning, mark, std::move(message), std::move(hint));
}

void DiagnosticList::add(Severity severity, YamlMark mark, std::string message, std::string hint) {
  if (full()) {
    dropped_ = true;
    // An error that comes after a hundred warnings must still make the file wrong.
    if (severity == Severity::warning || has_errors()) return;
    diagnostics_.pop_back();
  }
  diagnostics_.push_back({severity, position(mark), std::move(message), std::move(hint)});
}

std::vector<Diagnostic> DiagnosticList::take() {
  std::vector<Diagnostic> taken = std::exchange(diagnostics_, {});
  std::stable_sort(taken.begin(), taken.end(), [](const Diagnostic& a, const Diagnostic& b) {
    return a.position < b.position;
  });
  // What stands behind a YAML anchor is read once for each alias.
  taken.erase(std::unique(taken.begin(), taken.end()), taken.end());
  if (std::exchange(dropped_, false))
    taken.push_back({faultline::has_errors(taken) ? Severity::error : Severity::warning,
                     {file_, 0, 0},
                     "there are more mistakes than the " + std::to_string(limit) + " shown",
                     ""});
  return taken;
}

std::string in_quotes(std::string_view text) {
  constexpr std::size_t shown_bytes = 60;
  std::string shown = printable(text, shown_bytes);
  std::replace(shown.begin(), shown.end(), '\n', ' ');
  return "'" + shown + (text.size() > shown_bytes ? "…'" : "'");
}

std::string name_hint(std::string_view name, const std::vector<std::string>& known,
                      const std::string& otherwise) {
  if (const std::string nearest = nearest_name(name, known); !name.empty() && !nearest.empty())
    return "did you mean '" + nearest + "'?";
  if (known.empty()) return otherwise;
  constexpr std::size_t shown_names = 12;
  std::string hint = "known: ";
  for (std::size_t i = 0; i < known.size() && i < shown_names; ++i)
    hint += (i ? ", " : "") + known[i];
  if (known.size() > shown_names) hint += ", …";
  return hint;
}

}  // namespace faultline
