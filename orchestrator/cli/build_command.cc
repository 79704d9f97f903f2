// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>

#include "base/text.h"
#include "cli/command.h"
#include "cli/loaded_experiment.h"
#include "cli/progress_display.h"
#include "cli/runtime.h"
#include "run/prepared_arms.h"

namespace faultline {
namespace {

using boost::asio::awaitable;

struct BuildOptions {
  std::string file;
  bool explain = false;
  bool json = false;
};

awaitable<std::vector<BuildExplanation>> explain_all(KernelBuilder& builder,
                                                     const LoadedExperiment& loaded) {
  std::vector<BuildExplanation> explanations;
  for (const Arm& arm : loaded.experiment.arms)
    explanations.push_back(co_await builder.explain(recipe_of(arm, loaded.catalogue)));
  co_return explanations;
}

void print_explanations(const Experiment& experiment,
                        const std::vector<BuildExplanation>& explanations, bool json) {
  nlohmann::json list = nlohmann::json::array();
  for (std::size_t i = 0; i < explanations.size(); ++i) {
    const BuildExplanation& explanation = explanations[i];
    list.push_back({{"arm", experiment.arms[i].name},
                    {"cached", explanation.cached},
                    {"key", explanation.key},
                    {"reasons", explanation.reasons}});
    if (json) continue;
    fmt::print("{}: {} ({})\n", experiment.arms[i].name,
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
    print_explanations(loaded->experiment,
                       runtime.complete(explain_all(runtime.builder(), *loaded)), options.json);
    return;
  }
  const auto progress = make_progress_display(runtime.clock());
  ArmServices services{runtime.builder(), runtime.commands(), runtime.interrupt(), *progress,
                       runtime.folders()};
  const std::vector<PreparedArm> arms =
      runtime.complete(prepare_arms(services, loaded->experiment, loaded->catalogue));
  if (runtime.interrupt().raised()) {
    fmt::print(stderr, "interrupted; what is compiled is kept, the same command goes on\n");
    invocation.status = ExitStatus::incomplete;
    return;
  }
  for (std::size_t i = 0; i < arms.size(); ++i) {
    const auto* kernel = std::get_if<KernelArtifact>(&arms[i].kernel);
    if (kernel == nullptr) {
      invocation.status = ExitStatus::gate_failed;
      continue;
    }
    fmt::print("{}: {} {}\n", loaded->experiment.arms[i].name, kernel->release,
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
