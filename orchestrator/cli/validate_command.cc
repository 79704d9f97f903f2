// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include "cli/command.h"
#include "cli/loaded_experiment.h"
#include "plan/plan.h"
#include "reports/format.h"

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
      const std::size_t topologies = loaded->experiment.topologies.size();
      fmt::print("{}: good: {}, {} {}, {}, {} in {}\n", file,
                 count_of(loaded->experiment.arms.size(), "arm"), topologies,
                 topologies == 1 ? "topology" : "topologies", count_of(plan.steps.size(), "step"),
                 count_of(plan.boots.size(), "boot"), count_of(plan.blocks, "block"));
    }
  });
}

}  // namespace faultline
