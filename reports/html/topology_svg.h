// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "reports/html/html_writer.h"

namespace faultline {

/// Draws a topology of RunInfo::topology_json: nodes with their CPUs and memory, and the distances
/// between them. What cannot be read as one is shown as the text that it is.
void write_topology(HtmlWriter& html, const std::string& name, const std::string& json);

}  // namespace faultline
