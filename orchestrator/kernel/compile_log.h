// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

// What make prints while it builds a kernel, read.

namespace faultline {

/// True for a line that says that one file is being made: "  CC      mm/rmap.o".
bool is_step_line(std::string_view line);

struct CompileErrors {
  std::string title;   ///< "mm/rmap.c:341:2: error: 'x' undeclared (first use in this function)"
  std::string detail;  ///< The first errors with their source lines, or the end of the output.
};

/// The first errors of a failed build. `tree` is cut from the front of file names.
CompileErrors summarize_errors(std::string_view output, const std::filesystem::path& tree);

/// The program or header whose absence on this host made the build fail, or "".
std::string missing_tool(std::string_view output);

}  // namespace faultline
