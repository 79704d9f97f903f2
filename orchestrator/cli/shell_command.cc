// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/loaded_experiment.h"
#include "cli/progress_display.h"
#include "cli/runtime.h"
#include "run/guest_shell.h"
#include "run/prepared_arms.h"

namespace faultline {
namespace {

using boost::asio::awaitable;

struct ShellOptions {
  std::string file;
  std::string arm;
  std::string topology;
};

/// The named element, or the first one. Throws Error{user_input} naming what there is.
template <typename T>
std::size_t index_of(const std::vector<T>& items, const std::string& name, const char* what) {
  if (name.empty()) return 0;
  std::vector<std::string> known;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (items[i].name == name) return i;
    known.push_back(items[i].name);
  }
  throw Error(ErrorKind::user_input, fmt::format("looking for {} '{}'", what, name),
              "the experiment has none of that name",
              fmt::format("it has {}", fmt::join(known, ", ")));
}

awaitable<ExitStatus> open_shell(Runtime& runtime, RunProgress& progress, LoadedExperiment loaded,
                                 std::size_t arm_index, std::size_t topology_index) {
  Hypervisor& hypervisor = runtime.hypervisor();
  for (const std::string& name : co_await hypervisor.sweep())
    progress.say("ended guest " + name + " that an earlier run had left");
  // Only the arm that is asked for gets built.
  loaded.experiment.arms = {loaded.experiment.arms[arm_index]};
  loaded.experiment.baseline = 0;
  const Arm& arm = loaded.experiment.arms[0];
  const RunFolders folders = runtime.folders();
  const ArmServices arm_services{runtime.builder(), runtime.commands(), runtime.interrupt(),
                                 progress, folders};
  std::vector<std::vector<std::uint32_t>> one_layout{{0}};
  const PreparedArms arms = co_await prepare_arms(arm_services, loaded.experiment, loaded.catalogue,
                                                  std::move(one_layout));
  if (arms.empty()) co_return ExitStatus::incomplete;
  const PreparedArm& prepared = arms[0].at(0);
  if (!prepared.image) co_return ExitStatus::gate_failed;
  const ChosenAccelerator chosen = co_await choose_accelerator(hypervisor, runtime.clock(), folders,
                                                               loaded.experiment.accel, prepared);
  // A person's keystrokes come when they come: nothing to be exact about.
  const Accelerator accel = chosen.accel == Accelerator::icount ? Accelerator::tcg : chosen.accel;
  BootServices services{hypervisor,           runtime.clock(), runtime.interrupt(),
                        deadlines_for(accel), folders.scratch, folders.scratch};
  BootOrder order = prepare_empty_boot(
      "shell-" + arm.name, loaded.experiment.topologies[topology_index], accel,
      std::get<KernelArtifact>(prepared.kernel), *prepared.image, services.deadlines);
  order.cmdline = guest_cmdline(accel, arm.cmdline);
  for (const Setting& setting : arm.settings)
    order.sheet.settings.push_back({setting.path, setting.value});
  progress.say(fmt::format("{} on {}, {}; Ctrl-] ends the guest", arm.name, order.topology.name,
                           to_string(accel)));
  const GuestEnd end = co_await run_guest_shell(services, std::move(order));
  progress.say("guest ended: " + to_string(end.kind));
  co_return ExitStatus::done;
}

}  // namespace

void add_shell_command(CLI::App& app, Invocation& invocation) {
  CLI::App* command =
      app.add_subcommand("shell", "Boot one guest of an experiment with a console for a person");
  auto options = std::make_shared<ShellOptions>();
  command->add_option("FILE", options->file, "Experiment file")->required();
  command->add_option("--arm", options->arm, "Arm; the first if left out");
  command->add_option("--topology", options->topology, "Topology; the first if left out");
  command->callback([&invocation, options] {
    auto loaded = load_experiment(invocation, options->file);
    if (!loaded) return;
    if (::isatty(STDIN_FILENO) != 1)
      throw Error(ErrorKind::user_input, "opening a guest shell", "standard input is no terminal",
                  "run it from a terminal, or use 'run' for measurements");
    const std::size_t arm = index_of(loaded->experiment.arms, options->arm, "arm");
    const std::size_t topology =
        index_of(loaded->experiment.topologies, options->topology, "topology");
    Runtime runtime(invocation);
    const auto progress = make_progress_display(runtime.clock());
    invocation.status =
        runtime.complete(open_shell(runtime, *progress, std::move(*loaded), arm, topology));
  });
}

}  // namespace faultline
