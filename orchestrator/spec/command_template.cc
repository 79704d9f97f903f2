// SPDX-License-Identifier: GPL-2.0-or-later
#include "spec/command_template.h"

#include "spec/shape.h"

namespace faultline {
namespace {

void add_literal(CommandElement& element, const std::string& text) {
  if (text.empty()) return;
  if (!element.parts.empty() && !element.parts.back().is_parameter)
    element.parts.back().text += text;
  else
    element.parts.push_back({false, text});
}

}  // namespace

CommandElement parse_command_element(const std::string& element) {
  CommandElement parsed;
  std::string text = element;
  if (text.starts_with("{?") && text.ends_with('}')) {
    const std::size_t colon = text.find(':');
    if (colon != std::string::npos && is_name(text.substr(2, colon - 2))) {
      parsed.flag = text.substr(2, colon - 2);
      text = text.substr(colon + 1, text.size() - colon - 2);
    }
  }
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t open = text.find('{', at);
    const std::size_t close = text.find('}', open == std::string::npos ? at : open);
    if (open == std::string::npos || close == std::string::npos) {
      add_literal(parsed, text.substr(at));
      break;
    }
    const std::string name = text.substr(open + 1, close - open - 1);
    if (!is_name(name)) {
      add_literal(parsed, text.substr(at, open + 1 - at));
      at = open + 1;
      continue;
    }
    add_literal(parsed, text.substr(at, open - at));
    parsed.parts.push_back({true, name});
    at = close + 1;
  }
  return parsed;
}

}  // namespace faultline
