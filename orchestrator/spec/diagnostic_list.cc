// SPDX-License-Identifier: GPL-2.0-or-later
#include "spec/diagnostic_list.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace faultline {
namespace {

/// Both parts of a diagnostic quote the user's file, where YAML escapes can write any character.
std::string one_line(const std::string& text) {
  constexpr std::size_t shown_bytes = 1000;
  std::string line = printable(text, shown_bytes);
  std::replace(line.begin(), line.end(), '\n', ' ');
  return line;
}

/// The one candidate that begins with the same four letters or more; "childs" -> "children".
std::string same_beginning(std::string_view name, const std::vector<std::string>& known) {
  constexpr std::size_t letters = 4;
  std::string found;
  for (const std::string& candidate : known) {
    if (name.size() < letters || !candidate.starts_with(name.substr(0, letters))) continue;
    if (!found.empty()) return {};
    found = candidate;
  }
  return found;
}

/// The candidate that was meant; "" if none shares a letter's place with the name.
std::string meant(std::string_view name, const std::vector<std::string>& known) {
  const std::string nearest = nearest_name(name, known);
  if (!nearest.empty() && edit_distance(name, nearest) < std::max(name.size(), nearest.size()) &&
      !name.empty())
    return nearest;
  return same_beginning(name, known);
}

}  // namespace

void DiagnosticList::error(YamlMark mark, std::string message, std::string hint) {
  add(Severity::error, mark, std::move(message), std::move(hint));
}

void DiagnosticList::warning(YamlMark mark, std::string message, std::string hint) {
  add(Severity::warning, mark, std::move(message), std::move(hint));
}

void DiagnosticList::too_long(YamlMark mark, std::string message, std::string hint) {
  too_long_ = true;
  error(mark, std::move(message), std::move(hint));
}

void DiagnosticList::add(Severity severity, YamlMark mark, std::string message, std::string hint) {
  if (full()) {
    dropped_ = true;
    // An error that comes after a hundred warnings must still make the file wrong.
    if (severity == Severity::warning || has_errors()) return;
    diagnostics_.pop_back();
  }
  diagnostics_.push_back({severity, position(mark), one_line(message), one_line(hint)});
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
  return "'" + printable(text, shown_bytes) + (text.size() > shown_bytes ? "…'" : "'");
}

std::string counted(std::size_t number, const std::string& thing) {
  return std::to_string(number) + " " + thing + (number == 1 ? "" : "s");
}

std::string name_hint(std::string_view name, const std::vector<std::string>& known,
                      const std::string& otherwise) {
  if (const std::string candidate = meant(name, known); !candidate.empty())
    return "did you mean '" + candidate + "'?";
  if (known.empty()) return otherwise;
  constexpr std::size_t shown_names = 12;
  std::string hint = "known: ";
  for (std::size_t i = 0; i < known.size() && i < shown_names; ++i)
    hint += (i ? ", " : "") + known[i];
  if (known.size() > shown_names) hint += ", …";
  return hint;
}

}  // namespace faultline
