// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"

namespace faultline {

/// A place in the text of one file; counts from 1, columns in bytes. 0: the file as a whole.
struct YamlMark {
  int line = 0;
  int column = 0;
  auto operator<=>(const YamlMark&) const = default;
};

/// Collects the mistakes of one file. Bounded: a hostile file cannot make more than `limit` of
/// them, and callers ask full() before they spend time on a hint.
class DiagnosticList {
 public:
  static constexpr std::size_t limit = 100;

  explicit DiagnosticList(std::string file) : file_(std::move(file)) {}

  void error(YamlMark mark, std::string message, std::string hint = {});
  void warning(YamlMark mark, std::string message, std::string hint = {});
  /// An error of size: something is longer than its bound, and must not be looked at further.
  void too_long(YamlMark mark, std::string message, std::string hint = {});

  bool full() const { return diagnostics_.size() >= limit; }
  /// True while everything that was checked is within its bounds, and everything was checked.
  bool within_bounds() const { return !too_long_ && !full(); }
  bool has_errors() const { return faultline::has_errors(diagnostics_); }
  const std::string& file() const { return file_; }
  SourcePosition position(YamlMark mark) const { return {file_, mark.line, mark.column}; }

  /// Everything collected, in file order, each once. The list is empty afterwards.
  std::vector<Diagnostic> take();

 private:
  void add(Severity severity, YamlMark mark, std::string message, std::string hint);

  std::string file_;
  std::vector<Diagnostic> diagnostics_;
  bool dropped_ = false;
  bool too_long_ = false;
};

/// `'text'` for a message: cut short, control characters shown as escapes.
std::string in_quotes(std::string_view text);

/// "1 row", "2 rows".
std::string counted(std::size_t number, const std::string& thing);

/// The hint for an unknown name: "did you mean 'x'?", or what is known, or `otherwise` if nothing
/// is.
std::string name_hint(std::string_view name, const std::vector<std::string>& known,
                      const std::string& otherwise = {});

}  // namespace faultline
