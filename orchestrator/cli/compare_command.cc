// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/report_file.h"
#include "cli/stored_run.h"
#include "reports/report.h"

namespace faultline {
namespace {

struct CompareOptions {
  std::int64_t run = 0;
  bool json = false;
  std::string format = "text";
};

}  // namespace

void add_compare_command(CLI::App& app, Invocation& invocation) {
  CLI::App* command =
      app.add_subcommand("compare", "Print what the arms of a run differ in, with intervals");
  auto options = std::make_shared<CompareOptions>();
  command->add_option("RUN", options->run, "Run number from 'list'; the newest if left out")
      ->check(CLI::PositiveNumber);
  command->add_flag("--json", options->json, "Print JSON");
  command->add_option("--format", options->format, "As of 'report'; text if left out")
      ->check(CLI::IsMember(report_formats()))
      ->excludes("--json");
  command->callback([&invocation, options] {
    const Report report = stored_report(invocation, options->run);
    fmt::print("{}", rendered(report, options->json ? "json" : options->format,
                              ::isatty(STDOUT_FILENO) == 1));
    if (report.gate && !report.gate->passed) invocation.status = ExitStatus::gate_failed;
  });
}

}  // namespace faultline
