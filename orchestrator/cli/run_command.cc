// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>
#include <unistd.h>

#include "base/error.h"
#include "base/files.h"
#include "cli/command.h"
#include "cli/loaded_experiment.h"
#include "cli/opened_bundle.h"
#include "cli/progress_display.h"
#include "cli/report_file.h"
#include "cli/runtime.h"
#include "cli/stored_run.h"
#include "plan/calibration.h"
#include "reports/report.h"
#include "spec/exact_run.h"

namespace faultline {
namespace {

struct RunOptions {
  bool calibrate = false;  ///< 'calibrate' is a run of the baseline against itself.
  std::string file;
  unsigned blocks = 0;
  std::string accel;
  bool fresh = false;
  std::string report;
};

ExitStatus exit_status_of(const RunSummary& summary) {
  if (summary.interrupted) return ExitStatus::incomplete;
  if (summary.given_up > 0) return ExitStatus::host_failed;
  return summary.guest_failures > 0 ? ExitStatus::gate_failed : ExitStatus::done;
}

Accelerator accelerator_from(const std::string& name) {
  if (name == "kvm") return Accelerator::kvm;
  if (name == "tcg") return Accelerator::tcg;
  return name == "icount" ? Accelerator::icount : Accelerator::automatic;
}

/// Prints the report; false if the experiment's gate failed.
bool print_report(const Invocation& invocation, const RunOptions& options, std::int64_t run_id) {
  const Report report = stored_report(invocation, run_id);
  fmt::print("{}", render_text(report, ::isatty(STDOUT_FILENO) == 1));
  std::filesystem::path file = options.report;
  if (file.empty()) {
    std::filesystem::create_directories(invocation.locations.state / "reports");
    file = invocation.locations.state / "reports" / default_report_name(report.results.run, "html");
  }
  write_file_atomically(file, render_html(report));
  fmt::print("\nreport: {}\n", std::filesystem::absolute(file).string());
  return !report.gate || report.gate->passed;
}

void run(Invocation& invocation, const RunOptions& options) {
  std::optional<OpenedBundle> bundle;
  if (looks_like_bundle(options.file)) bundle = open_bundle(invocation, options.file);
  auto loaded = load_experiment(invocation, bundle ? bundle->experiment.string() : options.file);
  if (!loaded) return;
  if (!options.accel.empty()) {
    use_accelerator(loaded->experiment, accelerator_from(options.accel));
    const auto problems = exact_run_problems(loaded->experiment, loaded->catalogue);
    for (const Diagnostic& problem : problems) fmt::print(stderr, "{}\n", to_string(problem));
    if (!problems.empty()) {
      invocation.status = ExitStatus::user_input;
      return;
    }
  }
  if (options.calibrate) loaded->experiment = calibration_of(loaded->experiment);
  Store store = Store::open(invocation.database, Store::Mode::read_write);
  Runtime runtime(invocation);
  const auto progress = make_progress_display(runtime.clock());
  RunServices services{
      runtime.hypervisor(),      runtime.builder(),   runtime.commands(), store,
      runtime.clock(),           runtime.interrupt(), *progress,          runtime.folders(),
      patience_of_this_process()};
  RunRequest request;
  if (bundle) request.blocks = bundle->lock.blocks;
  if (options.blocks != 0) request.blocks = options.blocks;
  request.fresh = options.fresh;
  request.calibration = options.calibrate;
  const RunSummary summary =
      runtime.complete(run_experiment(services, loaded->experiment, loaded->catalogue, request));
  bool gate_passed = true;
  if (summary.run_id != 0 && summary.boots > 0) {
    gate_passed = print_report(invocation, options, summary.run_id);
    if (bundle)
      fmt::print("{}", compared_with_bundle(*bundle, invocation,
                                            stored_results(invocation, summary.run_id)));
  }
  const char* command = options.calibrate ? "calibrate" : "run";
  if (summary.interrupted)
    fmt::print(stderr, "interrupted; all finished boots are stored. To go on: faultline {} {}\n",
               command, options.file);
  else if (summary.given_up > 0)
    fmt::print(stderr,
               "this host failed {} of the boots{}. To try them again: faultline {} {}\n"
               "'faultline doctor' looks at the host; --fresh starts anew\n",
               summary.given_up,
               summary.hopeless ? ", the last ones in a row: those after them were not tried" : "",
               command, options.file);
  invocation.status = exit_status_of(summary);
  if (invocation.status == ExitStatus::done && !gate_passed)
    invocation.status = ExitStatus::gate_failed;
}

}  // namespace

namespace {

void add_options(CLI::App& command, RunOptions& options) {
  command.add_option("FILE", options.file, "Experiment file, or a bundle")->required();
  command.add_option("--blocks", options.blocks, "Blocks, instead of the experiment's")
      ->check(CLI::Range(1, 100000));
  command
      .add_option("--accel", options.accel, "Instead of the experiment's: auto, kvm, tcg, icount")
      ->check(CLI::IsMember({"auto", "kvm", "tcg", "icount"}));
  command.add_flag("--fresh", options.fresh, "Start anew even if an unfinished run could go on");
  command.add_option("--report", options.report, "Where to write the HTML report");
}

}  // namespace

void add_run_command(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand(
      "run", "Build, boot and measure everything in an experiment; goes on where it stopped");
  auto options = std::make_shared<RunOptions>();
  add_options(*command, *options);
  command->callback([&invocation, options] { run(invocation, *options); });
}

void add_calibrate_command(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand(
      "calibrate",
      "Measure an experiment's baseline against itself: how often this set-up calls identical "
      "kernels different, and how small an effect it can see");
  auto options = std::make_shared<RunOptions>();
  options->calibrate = true;
  options->blocks = 12;
  add_options(*command, *options);
  command->get_option("--blocks")->capture_default_str();
  command->callback([&invocation, options] { run(invocation, *options); });
}

}  // namespace faultline
