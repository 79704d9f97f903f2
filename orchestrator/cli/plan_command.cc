// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/duration_text.h"
#include "cli/loaded_experiment.h"
#include "plan/plan.h"
#include "reports/format.h"

namespace faultline {
namespace {

struct PlanOptions {
  std::string file;
  unsigned blocks = 0;
  bool json = false;
};

std::chrono::milliseconds total_duration(const Experiment& experiment, const Plan& plan) {
  std::chrono::milliseconds total{0};
  for (const PlannedBoot& boot : plan.boots) total += expected_duration(experiment, plan, boot);
  return total;
}

void print_json(const Experiment& experiment, const Plan& plan) {
  nlohmann::json steps = nlohmann::json::array();
  for (const PlannedStep& step : plan.steps)
    steps.push_back({{"workload", step.workload},
                     {"params", step.params},
                     {"label", step.label},
                     {"argv", step.argv},
                     {"iterations", step.iterations}});
  nlohmann::json boots = nlohmann::json::array();
  for (const PlannedBoot& boot : plan.boots)
    boots.push_back({{"block", boot.block},
                     {"position", boot.position},
                     {"arm", experiment.arms[boot.arm].name},
                     {"topology", experiment.topologies[boot.topology].name},
                     {"layout", boot.layout},
                     {"steps", boot.steps}});
  const nlohmann::json document{
      {"experiment", experiment.name},
      {"seed", experiment.runs.seed},
      {"blocks", plan.blocks},
      {"expected_seconds", std::chrono::duration<double>(total_duration(experiment, plan)).count()},
      {"steps", std::move(steps)},
      {"boots", std::move(boots)}};
  fmt::print("{}\n", document.dump(2));
}

void print_text(const Experiment& experiment, const Plan& plan) {
  fmt::print("{}: {} in {}, seed {}\n\nsteps\n", experiment.name,
             count_of(plan.boots.size(), "boot"), count_of(plan.blocks, "block"),
             experiment.runs.seed);
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const PlannedStep& step = plan.steps[i];
    fmt::print("  {:>3}  {} {}{}\n", i + 1, step.workload, step.label,
               step.iterations > 1 ? fmt::format("  x{}", step.iterations) : "");
  }
  std::uint32_t block = UINT32_MAX;
  for (const PlannedBoot& boot : plan.boots) {
    if (boot.block != block) fmt::print("\nblock {}\n", boot.block + 1);
    block = boot.block;
    std::string order;
    for (const std::uint16_t step : boot.steps) order += fmt::format(" {}", step + 1);
    const std::string layout = boot.layout == 0 ? "" : fmt::format(", text layout {}", boot.layout);
    fmt::print("  {:>3}  {} on {}{}, steps{}\n", boot.position + 1, experiment.arms[boot.arm].name,
               experiment.topologies[boot.topology].name, layout, order);
  }
  const auto total =
      std::chrono::duration_cast<std::chrono::seconds>(total_duration(experiment, plan));
  fmt::print("\nabout {} without building kernels; a run corrects this as it goes\n",
             duration_text(total));
}

}  // namespace

void add_plan_command(CLI::App& app, Invocation& invocation) {
  CLI::App* command =
      app.add_subcommand("plan", "Print every boot in its order, and how long it will take");
  auto options = std::make_shared<PlanOptions>();
  command->add_option("FILE", options->file, "Experiment file")->required();
  command->add_option("--blocks", options->blocks, "Blocks, instead of the experiment's")
      ->check(CLI::Range(1, 100000));
  command->add_flag("--json", options->json, "Print JSON");
  command->callback([&invocation, options] {
    const auto loaded = load_experiment(invocation, options->file);
    if (!loaded) return;
    const unsigned blocks = options->blocks != 0 ? options->blocks : loaded->experiment.runs.blocks;
    const Plan plan = make_plan(loaded->experiment, loaded->catalogue, blocks);
    if (options->json)
      print_json(loaded->experiment, plan);
    else
      print_text(loaded->experiment, plan);
  });
}

}  // namespace faultline
