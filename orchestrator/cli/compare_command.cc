// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "cli/command.h"
#include "cli/profile_text.h"
#include "cli/report_file.h"
#include "cli/stored_run.h"
#include "reports/report.h"

namespace faultline {
namespace {

struct CompareOptions {
  std::int64_t run = 0;
  bool json = false;
  bool profile = false;
  bool all = false;
  std::string format = "text";
};

/// The first boot of the arm on the topology that did all it should.
const ResultBoot* first_good_boot(const Results& results, std::size_t arm, std::size_t topology) {
  for (const ResultBoot& boot : results.boots)
    if (boot.arm == arm && boot.topology == topology && boot.outcome.kind == OutcomeKind::completed)
      return &boot;
  return nullptr;
}

/// Profiles are exact: one boot of each arm says all.
void print_profile_differences(const Invocation& invocation, const CompareOptions& options) {
  const Results results = stored_results(invocation, options.run);
  Store store = Store::open(invocation.database, Store::Mode::read_only);
  const auto& arms = results.run.arms;
  const auto baseline = static_cast<std::size_t>(
      std::find(arms.begin(), arms.end(), results.run.baseline) - arms.begin());
  std::string text;
  std::string json;
  for (std::size_t topology = 0; topology < results.run.topologies.size(); ++topology) {
    const ResultBoot* before = first_good_boot(results, baseline, topology);
    if (before == nullptr) continue;
    const BootRecord base = store.boot(before->boot_id);
    for (std::size_t arm = 0; arm < arms.size(); ++arm) {
      const ResultBoot* after = arm == baseline ? nullptr : first_good_boot(results, arm, topology);
      if (after == nullptr) continue;
      const BootRecord other = store.boot(after->boot_id);
      if (options.json)
        json += (json.empty() ? "" : ",\n") + difference_json(base, other);
      else
        text += difference_text(base, other, options.all);
    }
  }
  if (options.json)
    fmt::print("[{}]\n", json);
  else
    fmt::print("{}",
               text.empty() ? "no instrumented boots to compare (docs/instrument.md)\n" : text);
}

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
  command
      ->add_flag("--profile", options->profile,
                 "Compare what instrumented boots executed, by function")
      ->excludes("--format");
  command->add_flag("--all", options->all, "With --profile: every function that changed");
  command->callback([&invocation, options] {
    if (options->profile) return print_profile_differences(invocation, *options);
    const Report report = stored_report(invocation, options->run);
    fmt::print("{}", rendered(report, options->json ? "json" : options->format,
                              ::isatty(STDOUT_FILENO) == 1));
    if (report.gate && !report.gate->passed) invocation.status = ExitStatus::gate_failed;
  });
}

}  // namespace faultline
