// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/stored_run.h"
#include "reports/report.h"

namespace faultline {
namespace {

struct CompareOptions {
  std::int64_t run = 0;
  bool json = false;
};

}  // namespace

void add_compare_command(CLI::App& app, Invocation& invocation) {
  CLI::App* command =
      app.add_subcommand("compare", "Print what the arms of a run differ in, with intervals");
  auto options = std::make_shared<CompareOptions>();
  command->add_option("RUN", options->run, "Run number from 'list'; the newest if left out")
      ->check(CLI::PositiveNumber);
  command->add_flag("--json", options->json, "Print JSON");
  command->callback([&invocation, options] {
    const Report report = make_report(stored_results(invocation, options->run));
    if (options->json)
      fmt::print("{}\n", render_json(report));
    else
      fmt::print("{}", render_text(report, ::isatty(STDOUT_FILENO) == 1));
  });
}

}  // namespace faultline
