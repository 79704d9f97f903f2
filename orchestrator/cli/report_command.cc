// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include "base/files.h"
#include "cli/command.h"
#include "cli/report_file.h"
#include "cli/stored_run.h"
#include "reports/report.h"

namespace faultline {
namespace {

struct ReportOptions {
  std::int64_t run = 0;
  std::string format = "html";
  std::string output;
};

}  // namespace

void add_report_command(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand("report", "Write the report of a run to a file");
  auto options = std::make_shared<ReportOptions>();
  command->add_option("RUN", options->run, "Run number from 'list'; the newest if left out")
      ->check(CLI::PositiveNumber);
  command
      ->add_option("--format", options->format,
                   "html, text, lkml, markdown, csv, json, benchfmt or mmtests")
      ->check(CLI::IsMember(report_formats()));
  command->add_option(
      "-o,--output", options->output,
      "File to write, '-' for standard output; else faultline-EXPERIMENT-RUN.FORMAT");
  command->callback([&invocation, options] {
    const Report report = stored_report(invocation, options->run);
    const std::string text = rendered(report, options->format);
    if (options->output == "-") {
      fmt::print("{}", text);
      return;
    }
    std::string file = options->output;
    if (file.empty()) file = default_report_name(report.results.run, options->format);
    write_file_atomically(file, text);
    fmt::print("{}\n", std::filesystem::absolute(file).string());
  });
}

}  // namespace faultline
