// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/report_file.h"

namespace faultline {

std::string default_report_name(const RunInfo& run, const std::string& format) {
  std::string name;
  for (const char c : run.experiment.substr(0, 60)) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.';
    name += plain ? c : '_';
  }
  return "faultline-" + name + "-" + std::to_string(run.run_id) + "." +
         (format == "text" ? "txt" : format);
}

}  // namespace faultline
