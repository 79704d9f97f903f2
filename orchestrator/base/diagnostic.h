// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <compare>
#include <string>
#include <vector>

namespace faultline {

/// A place in a user's file. Lines and columns count from 1; 0 means "the file as a whole".
struct SourcePosition {
  std::string file;
  int line = 0;
  int column = 0;
  auto operator<=>(const SourcePosition&) const = default;
};

enum class Severity { error, warning };

/// One mistake in a user's file. All mistakes of a file are collected before any is printed.
struct Diagnostic {
  Severity severity = Severity::error;
  SourcePosition position;
  std::string message;  ///< What is wrong.
  std::string hint;     ///< What to write instead; may be empty.
  bool operator==(const Diagnostic&) const = default;
};

/// `file:line:column: error: message; hint`, the form that editors jump to.
std::string to_string(const Diagnostic& diagnostic);

/// True if any of them is an error.
bool has_errors(const std::vector<Diagnostic>& diagnostics);

}  // namespace faultline
