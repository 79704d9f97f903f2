// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include "cli/command.h"
#include "cli/loaded_experiment.h"
#include "plan/plan.h"

namespace faultline {

void add_validate_command(CLI::App& app, Invocation& invocation) {
  CLI::App* command =
      app.add_subcommand("validate", "Check experiment files, all mistakes at once");
  auto files = std::make_shared<std::vector<std::string>>();
  command->add_option("FILE", *files, "Experiment files")->required();
  command->callback([&invocation, files] {
    for (const std::string& file : *files) {
      const auto loaded = load_experiment(invocation, file);
      if (!loaded) continue;
      const Plan plan = make_plan(loaded->experiment, loaded->catalogue);
      fmt::print("{}: good: {} arms, {} topologies, {} steps, {} boots in {} blocks\n", file,
                 loaded->experiment.arms.size(), loaded->experiment.topologies.size(),
                 plan.steps.size(), plan.boots.size(), plan.blocks);
    }
  });
}

}  // namespace faultline
