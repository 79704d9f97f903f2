// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/diagnostic.h"

#include <algorithm>

namespace faultline {

std::string to_string(const Diagnostic& diagnostic) {
  std::string text = diagnostic.position.file;
  if (diagnostic.position.line > 0) {
    text += ':' + std::to_string(diagnostic.position.line);
    text += ':' + std::to_string(diagnostic.position.column);
  }
  text += diagnostic.severity == Severity::error ? ": error: " : ": warning: ";
  text += diagnostic.message;
  if (!diagnostic.hint.empty()) text += "; " + diagnostic.hint;
  return text;
}

bool has_errors(const std::vector<Diagnostic>& diagnostics) {
  return std::any_of(diagnostics.begin(), diagnostics.end(),
                     [](const Diagnostic& d) { return d.severity == Severity::error; });
}

}  // namespace faultline
