// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>

#include "base/text.h"
#include "cli/command.h"
#include "cli/loaded_experiment.h"
#include "cli/progress_display.h"
#include "cli/runtime.h"
#include "plan/plan.h"
#include "run/prepared_arms.h"

namespace faultline {
namespace {

using boost::asio::awaitable;

struct BuildOptions {
  std::string file;
  bool explain = false;
  bool json = false;
};

/// By arm.
using Layouts = std::vector<std::vector<std::uint32_t>>;

Layouts layouts_of(const LoadedExperiment& loaded) {
  const Experiment& experiment = loaded.experiment;
  const unsigned blocks = experiment.runs.max_blocks.value_or(experiment.runs.blocks);
  return planned_layouts(make_plan(experiment, loaded.catalogue, blocks), experiment.arms.size());
}

/// What a kernel is called here: "base", or "base in text layout 2743".
std::string name_of(const std::string& arm, std::uint32_t layout) {
  return layout == 0 ? arm : fmt::format("{} in text layout {}", arm, layout);
}

struct Explained {
  std::string arm;
  std::uint32_t layout = 0;
  BuildExplanation explanation;
};

awaitable<std::vector<Explained>> explain_all(KernelBuilder& builder,
                                              const LoadedExperiment& loaded, Layouts layouts) {
  std::vector<Explained> all;
  for (std::size_t i = 0; i < layouts.size(); ++i)
    for (const std::uint32_t layout : layouts[i]) {
      const Arm& arm = loaded.experiment.arms[i];
      KernelRecipe recipe = recipe_of(arm, loaded.catalogue);
      recipe.layout = layout;
      BuildExplanation explanation = co_await builder.explain(std::move(recipe));
      all.push_back({arm.name, layout, std::move(explanation)});
    }
  co_return all;
}

void print_explanations(const std::vector<Explained>& explained, bool json) {
  nlohmann::json list = nlohmann::json::array();
  for (const auto& [arm, layout, explanation] : explained) {
    list.push_back({{"arm", arm},
                    {"layout", layout},
                    {"cached", explanation.cached},
                    {"key", explanation.key},
                    {"reasons", explanation.reasons}});
    if (json) continue;
    fmt::print("{}: {} ({})\n", name_of(arm, layout),
               explanation.cached ? "reused" : "will be built", explanation.key.substr(0, 12));
    for (const std::string& reason : explanation.reasons) fmt::print("  {}\n", printable(reason));
  }
  if (json) fmt::print("{}\n", list.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
}

void build(Invocation& invocation, const BuildOptions& options) {
  const auto loaded = load_experiment(invocation, options.file);
  if (!loaded) return;
  Runtime runtime(invocation);
  if (options.explain) {
    print_explanations(
        runtime.complete(explain_all(runtime.builder(), *loaded, layouts_of(*loaded))),
        options.json);
    return;
  }
  const auto progress = make_progress_display(runtime.clock());
  ArmServices services{runtime.builder(), runtime.commands(), runtime.interrupt(), *progress,
                       runtime.folders()};
  const PreparedArms arms = runtime.complete(
      prepare_arms(services, loaded->experiment, loaded->catalogue, layouts_of(*loaded)));
  if (runtime.interrupt().raised()) {
    fmt::print(stderr, "interrupted; what is compiled is kept, the same command goes on\n");
    invocation.status = ExitStatus::incomplete;
    return;
  }
  for (std::size_t i = 0; i < arms.size(); ++i)
    for (const auto& [layout, arm] : arms[i]) {
      const auto* kernel = std::get_if<KernelArtifact>(&arm.kernel);
      if (kernel == nullptr) {
        invocation.status = ExitStatus::gate_failed;
        continue;
      }
      fmt::print("{}: {} {}\n", name_of(loaded->experiment.arms[i].name, layout), kernel->release,
                 kernel->bzimage.parent_path().string());
    }
}

}  // namespace

void add_build_command(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand("build", "Build the kernels and images of an experiment");
  auto options = std::make_shared<BuildOptions>();
  command->add_option("FILE", options->file, "Experiment file")->required();
  command->add_flag("--explain", options->explain,
                    "Only say what would be rebuilt or reused, and why");
  command->add_flag("--json", options->json, "With --explain: print JSON")->needs("--explain");
  command->callback([&invocation, options] { build(invocation, *options); });
}

}  // namespace faultline
