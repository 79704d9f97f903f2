// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <vector>

// One element of a workload's `command:`, as written: "--children={children}" or "{?touch:-T}".

namespace faultline {

struct CommandPart {
  bool is_parameter = false;
  std::string text;  ///< Literal text, or the name of a parameter.
  bool operator==(const CommandPart&) const = default;
};

struct CommandElement {
  std::string flag;  ///< Boolean parameter that it depends on; empty: it is always there.
  std::vector<CommandPart> parts;
  bool operator==(const CommandElement&) const = default;
};

/// Takes an element apart. Total: braces that hold no parameter name are literal text.
CommandElement parse_command_element(const std::string& element);

}  // namespace faultline
