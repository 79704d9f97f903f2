// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/report_file.h"

#include <map>

namespace faultline {

const std::vector<std::string>& report_formats() {
  static const std::vector<std::string> formats{"html", "text", "lkml",     "markdown",
                                                "csv",  "json", "benchfmt", "mmtests"};
  return formats;
}

std::string rendered(const Report& report, const std::string& format, bool color) {
  if (format == "text") return render_text(report, color);
  if (format == "lkml") return render_lkml(report);
  if (format == "markdown") return render_markdown(report);
  if (format == "csv") return render_csv(report);
  if (format == "json") return render_json(report);
  if (format == "benchfmt") return render_benchfmt(report);
  if (format == "mmtests") return render_mmtests(report);
  return render_html(report);
}

std::string default_report_name(const RunInfo& run, const std::string& format) {
  std::string name;
  for (const char c : run.experiment.substr(0, 60)) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.';
    name += plain ? c : '_';
  }
  static const std::map<std::string, std::string> kEndings{{"text", "txt"},
                                                           {"lkml", "lkml.txt"},
                                                           {"markdown", "md"},
                                                           {"benchfmt", "bench.txt"},
                                                           {"mmtests", "mmtests.txt"}};
  const auto ending = kEndings.find(format);
  return "faultline-" + name + "-" + std::to_string(run.run_id) + "." +
         (ending == kEndings.end() ? format : ending->second);
}

}  // namespace faultline
