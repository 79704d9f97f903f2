// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/run_experiment.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/error.h"
#include "base/files.h"
#include "base/sha256.h"
#include "base/version.h"
#include "outcome/exact.h"
#include "plan/plan.h"
#include "reports/statistics/stopping.h"
#include "run/boot.h"
#include "run/contamination.h"
#include "run/declared.h"
#include "run/host_facts.h"
#include "run/instrumented_boot.h"
#include "run/prepared_arms.h"
#include "run/time_left.h"

namespace faultline {
namespace {

namespace fs = std::filesystem;
using boost::asio::awaitable;

std::int64_t now_ns(const Clock& clock) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(clock.wall().time_since_epoch())
      .count();
}

/// What has to be equal for a run to go on: the file, the kernels, the accelerator, and what is
/// read of the output: seconds of one session must not stand beside milliseconds of another.
std::string experiment_hash(const Experiment& experiment, const PreparedArms& arms,
                            const ChosenAccelerator& chosen, unsigned blocks, bool calibration,
                            const std::vector<MetricInfo>& metrics) {
  Sha256 hash;
  if (calibration) hash.add("calibration");
  hash.add(experiment.text).add(to_string(chosen.accel)).add(std::to_string(blocks));
  for (const auto& layouts : arms)
    for (const auto& [layout, arm] : layouts) {
      const auto* kernel = std::get_if<KernelArtifact>(&arm.kernel);
      hash.add(kernel != nullptr ? kernel->key : "no kernel");
      hash.add(arm.image ? arm.image->hash : "no image");
    }
  for (const MetricInfo& metric : metrics)
    for (const std::string& part : {metric.workload, metric.name, metric.unit, metric.direction,
                                    metric.scale, metric.summary})
      hash.add(part).add("\n");
  return hash.finish();
}

std::vector<std::string> words_of(const std::map<std::string, std::string>& params) {
  std::vector<std::string> words;
  for (const auto& [name, value] : params) words.push_back(name + "=" + value);
  return words;
}

PublishedRecord published_record(const PublishedFigures& figures) {
  PublishedRecord record;
  record.name = figures.name;
  record.source = figures.source;
  record.said = figures.said;
  record.may_differ = figures.may_differ;
  for (const PublishedFigure& figure : figures.figures) {
    if (figure.points.empty()) {
      const PlaceOfOurs ours = figure.here.empty() ? PlaceOfOurs{} : figure.here.front();
      record.pairs.push_back({figure.what, figure.unit, figure.without, figure.with, ours.workload,
                              ours.metric, ours.arm, words_of(ours.params)});
      continue;
    }
    PublishedCurve curve{
        figure.what, figure.unit, figure.over, {figure.points.begin(), figure.points.end()}, {}};
    for (const PlaceOfOurs& ours : figure.here)
      curve.here.push_back(
          {ours.workload, ours.metric, ours.over, ours.arm, words_of(ours.params)});
    record.curves.push_back(std::move(curve));
  }
  return record;
}

RunInfo run_info(const Experiment& experiment, const Catalogue& catalogue, const Plan& plan,
                 const ChosenAccelerator& chosen, const HypervisorFacts& facts) {
  RunInfo run;
  run.experiment = experiment.name;
  run.experiment_text = experiment.text;
  run.question = experiment.question;
  run.seed = experiment.runs.seed;
  run.blocks = plan.blocks;
  run.baseline = experiment.arms[experiment.baseline].name;
  for (const Arm& arm : experiment.arms) {
    run.arms.push_back(arm.name);
    run.arm_cmdlines.push_back(arm.cmdline);
  }
  for (const Topology& topology : experiment.topologies) {
    run.topologies.push_back(topology.name);
    run.topology_json.push_back(topology_json(topology));
  }
  run.accel = to_string(chosen.accel);
  run.accel_reason = chosen.reason;
  run.faultline_version = version;
  run.host = host_record(facts);
  std::set<std::string> seen;
  for (const PlannedStep& step : plan.steps) {
    run.planned_steps.push_back(step.workload + "\t" + step.label);
    if (!seen.insert(step.workload).second) continue;
    const std::vector<MetricDefinition>& metrics = catalogue.workloads.at(step.workload).metrics;
    const auto chosen_primary = [&](const MetricDefinition& metric) {
      const auto& names = experiment.analysis.primary;
      return std::find(names.begin(), names.end(), metric.name) != names.end();
    };
    const bool own = std::none_of(metrics.begin(), metrics.end(), chosen_primary);
    for (const MetricDefinition& metric : metrics)
      if (metric.per_call.empty() || experiment.instrument.calls)
        run.metrics.push_back({step.workload, metric.name, metric.unit, to_string(metric.direction),
                               to_string(metric.scale), to_string(metric.summary),
                               own ? metric.primary : chosen_primary(metric), metric.what});
    if (experiment.instrument.wanted())
      for (MetricInfo& metric : metrics_of_instrument(step.workload, experiment))
        run.metrics.push_back(std::move(metric));
  }
  run.planned_boots = plan.boots.size();
  if (!experiment.reference.empty())
    run.published = published_record(catalogue.published.at(experiment.reference));
  run.declared = declared(experiment);
  run.count_perturbed = experiment.runs.count_perturbed;
  return run;
}

KernelRecord kernel_record(const Arm& arm, const KernelArtifact& kernel) {
  KernelRecord record;
  record.key = kernel.key;
  record.release = kernel.release;
  record.source = arm.source.text;
  record.source_hash = kernel.source_hash;
  record.compiler = kernel.compiler;
  if (!kernel.config.empty()) record.config_text = read_file(kernel.config);
  record.series = arm.series;
  record.series_hashes = kernel.series_hashes;
  record.build_seconds = kernel.build_seconds;
  record.layout = kernel.layout;
  return record;
}

/// The record of a boot that cannot take place because its kernel is not there.
BootRecord without_kernel(const Experiment& experiment, const PlannedBoot& boot,
                          const BuildFailure& failure, Accelerator accel, std::int64_t at_ns,
                          std::string boot_id) {
  BootRecord record;
  record.boot_id = std::move(boot_id);
  record.block = boot.block;
  record.position = boot.position;
  record.arm = experiment.arms[boot.arm].name;
  record.topology = experiment.topologies[boot.topology].name;
  record.accel = to_string(accel);
  record.started_at_ns = at_ns;
  record.outcome = {OutcomeKind::build_failed, "build: " + failure.phase, "", failure.title};
  record.console = failure.detail;
  return record;
}

/// Any of the arm's kernels, which differ by their layout alone; null if none was built.
const KernelArtifact* any_kernel(const std::map<std::uint32_t, PreparedArm>& layouts) {
  for (const auto& [layout, arm] : layouts)
    if (const auto* kernel = std::get_if<KernelArtifact>(&arm.kernel)) return kernel;
  return nullptr;
}

/// The first arm that has a kernel: what the accelerator is tried with.
const PreparedArm* first_bootable(const PreparedArms& arms) {
  for (const auto& layouts : arms)
    for (const auto& [layout, arm] : layouts)
      if (std::holds_alternative<KernelArtifact>(arm.kernel)) return &arm;
  return nullptr;
}

void refuse_missing_symbols(const Experiment& experiment, const Catalogue& catalogue,
                            const PreparedArms& arms) {
  for (std::size_t i = 0; i < arms.size(); ++i) {
    const KernelArtifact* kernel = any_kernel(arms[i]);
    if (kernel == nullptr) continue;
    const auto missing = missing_symbols(*kernel, experiment, catalogue);
    if (!missing.empty())
      throw Error(ErrorKind::user_input, "checking the kernel of arm " + experiment.arms[i].name,
                  fmt::format("{}", fmt::join(missing, ", ")),
                  "add the symbol to one of the arm's config fragments");
  }
}

/// Said before anything boots; in the records each boot says it for itself.
void name_missing_collectors(RunProgress& progress, const Experiment& experiment,
                             const PreparedArms& arms) {
  for (std::size_t i = 0; i < arms.size(); ++i)
    if (const KernelArtifact* kernel = any_kernel(arms[i]))
      for (const std::string& missing : collectors_without_source(*kernel, experiment))
        progress.say("arm " + experiment.arms[i].name + ": " + missing);
}

/// Two processes that go on with one run would measure, and store, every boot twice.
FileLock lock_run(const RunServices& services, const std::string& experiment_hash) {
  const fs::path file = services.folders.locks / ("run-" + experiment_hash.substr(0, 16) + ".lock");
  FileLock lock = FileLock::try_lock(file);
  if (!lock)
    throw Error(ErrorKind::host, "running the experiment",
                "another faultline is running the same one",
                "wait for it, or measure less at a time: two guests disturb each other");
  return lock;
}

/// What a run that stopped early planned of it after all: the blocks that it began.
std::optional<Store::EarlyEnd> early_end(const Plan& plan, const RunSummary& summary) {
  if (summary.stopped.empty()) return std::nullopt;
  Store::EarlyEnd early{summary.stopped, 0, 0};
  if (summary.boots > 0) early.blocks = plan.boots[summary.boots - 1].block + 1;
  for (const PlannedBoot& boot : plan.boots) early.boots += boot.block < early.blocks;
  return early;
}

/// Carries out the planned boots one after the other; owns nothing but the bookkeeping.
/// So many boots in a row, each with its retries, that the host failed: it will fail the next one.
constexpr unsigned hopeless_in_a_row = 3;

class BootSequence {
 public:
  BootSequence(RunServices& services, const Experiment& experiment, const Catalogue& catalogue,
               const Plan& plan, const PreparedArms& arms, const ChosenAccelerator& chosen,
               std::int64_t run_id, bool guests_are_here, bool stops_when_precise)
      : services_(services),
        experiment_(experiment),
        catalogue_(catalogue),
        plan_(plan),
        arms_(arms),
        chosen_(chosen),
        run_id_(run_id),
        boot_services_{services.hypervisor,
                       services.clock,
                       services.interrupt,
                       deadlines_for(chosen.accel, services.patience),
                       services.folders.scratch,
                       services.folders.artifacts / fmt::format("run-{}", run_id),
                       guests_are_here ? services.folders.host : fs::path()},
        guest_deadlines_(boot_services_.deadlines) {
    fs::create_directories(boot_services_.artifacts);
    // What a guest is told must not depend on whether it is watched; only we wait longer.
    if (experiment.instrument.wanted()) boot_services_.deadlines.scale *= instrument_slowdown;
    if (stops_when_precise)
      for (const unsigned look : declared_looks(experiment.runs.blocks, plan.blocks))
        looks_.insert(look);
  }

  awaitable<RunSummary> carry_out() {
    RunSummary summary;
    summary.run_id = run_id_;
    const FinishedBoots finished =
        services_.store.finished_boots(run_id_, experiment_.contamination.reruns);
    if (!finished.empty()) summary.guest_failures = earlier_guest_failures();
    remember_earlier_times();
    unsigned given_up_in_a_row = 0;
    for (std::size_t i = 0; i < plan_.boots.size(); ++i) {
      const PlannedBoot& boot = plan_.boots[i];
      const bool is_done = finished.contains({boot.block, arm_name(boot), topology_name(boot)});
      summary.stopped = reason_to_stop(boot, is_done);
      if (!summary.stopped.empty()) break;
      if (is_done) {
        ++summary.boots;
        continue;
      }
      if (services_.interrupt.raised()) break;
      const OutcomeKind outcome = co_await carry_out_one(i);
      if (outcome == OutcomeKind::cancelled) break;
      ++summary.boots;
      if (is_guest_failure(outcome)) ++summary.guest_failures;
      if (outcome != OutcomeKind::infra_failed) {
        given_up_in_a_row = 0;
        continue;
      }
      ++summary.given_up;
      summary.hopeless = ++given_up_in_a_row == hopeless_in_a_row;
      if (summary.hopeless) break;
    }
    summary.interrupted = summary.stopped.empty() && services_.interrupt.raised() &&
                          summary.boots < plan_.boots.size();
    co_return summary;
  }

 private:
  /// So that a second run knows from its first moment how long it will take.
  void remember_earlier_times() {
    for (std::uint32_t arm = 0; arm < experiment_.arms.size(); ++arm)
      for (std::uint32_t topology = 0; topology < experiment_.topologies.size(); ++topology) {
        const double seconds = services_.store.mean_boot_seconds(
            experiment_.name, experiment_.arms[arm].name, experiment_.topologies[topology].name,
            to_string(chosen_.accel));
        if (seconds > 0) time_left_.boot_took(arm, topology, seconds);
      }
  }
  /// Of this run before it was interrupted: they are answers of the same run.
  std::size_t earlier_guest_failures() {
    const std::vector<ResultBoot> boots = services_.store.results(run_id_).boots;
    return static_cast<std::size_t>(
        std::count_if(boots.begin(), boots.end(),
                      [](const ResultBoot& boot) { return is_guest_failure(boot.outcome.kind); }));
  }

  /// Why this boot and all after it are not carried out, as the file declared; "" to go on.
  std::string reason_to_stop(const PlannedBoot& boot, bool is_done) {
    if (looks_.contains(boot.block) && boot.position == 0) {
      const Look look =
          look_at_widths(services_.store.results(run_id_), boot.block, *experiment_.runs.precision);
      services_.progress.say(fmt::format("after {} blocks the widest primary interval is {}",
                                         boot.block, look.widest));
      if (look.precise)
        return fmt::format("every primary interval is within ±{:.2g} % after {} of {} blocks",
                           *experiment_.runs.precision * 100, boot.block, plan_.blocks);
    }
    if (is_done || !experiment_.runs.budget) return "";
    const double budget = std::chrono::duration<double>(*experiment_.runs.budget).count();
    if (services_.store.spent_seconds(run_id_) < budget) return "";
    return fmt::format("the budget of {:.0f} s was used up in block {} of {}", budget,
                       boot.block + 1, plan_.blocks);
  }

  const std::string& arm_name(const PlannedBoot& boot) const {
    return experiment_.arms[boot.arm].name;
  }
  const std::string& topology_name(const PlannedBoot& boot) const {
    return experiment_.topologies[boot.topology].name;
  }

  /// "r3-b1-chains-two-node", with "-again2" for the third attempt.
  std::string boot_id(const PlannedBoot& boot, std::uint32_t attempt) const {
    return fmt::format("r{}-b{}-{}-{}{}", run_id_, boot.block + 1, arm_name(boot),
                       topology_name(boot), attempt == 0 ? "" : fmt::format("-again{}", attempt));
  }

  /// One planned boot with the retries that our own failures are worth.
  awaitable<OutcomeKind> carry_out_one(std::size_t index) {
    const PlannedBoot& boot = plan_.boots[index];
    const PreparedArm& arm = arms_[boot.arm].at(boot.layout);
    if (const auto* failure = std::get_if<BuildFailure>(&arm.kernel)) {
      const BootRecord record = without_kernel(experiment_, boot, *failure, chosen_.accel,
                                               now_ns(services_.clock), boot_id(boot, 0));
      services_.store.record_boot(run_id_, record);
      co_return record.outcome.kind;
    }
    std::uint32_t attempt =
        services_.store.attempts(run_id_, boot.block, arm_name(boot), topology_name(boot));
    unsigned retries = experiment_.runs.retries;
    unsigned reruns = experiment_.contamination.reruns;
    for (;; ++attempt) {
      services_.progress.boot_starts(
          index + 1, plan_.boots.size(),
          fmt::format("block {} {} on {}", boot.block + 1, arm_name(boot), topology_name(boot)),
          time_left_.estimate(plan_.boots, index, experiment_, plan_));
      BootOrder order = prepare_boot(boot_id(boot, attempt), experiment_, catalogue_, plan_, boot,
                                     attempt, chosen_.accel, std::get<KernelArtifact>(arm.kernel),
                                     *arm.image, guest_deadlines_);
      if (experiment_.instrument.wanted()) {
        order.instrument = experiment_.instrument;
        order.plugin = services_.folders.plugin;
        order.symbols = symbols_of(arm);
      }
      const BootProgress show = [this](const std::string& what) {
        services_.progress.boot_does(what);
      };
      BootRecord record = co_await run_boot(boot_services_, std::move(order), show);
      check_repetition(record);
      // Nothing that the host does shows on the instruction clock.
      if (record.outcome.kind == OutcomeKind::completed && chosen_.accel != Accelerator::icount)
        record.contamination = contamination(record.conditions, experiment_.contamination);
      services_.store.record_boot(run_id_, record);
      services_.progress.boot_ended(record);
      if (record.outcome.kind == OutcomeKind::completed)
        time_left_.boot_took(boot.arm, boot.topology, record.wall_seconds);
      unsigned* left = nullptr;
      if (record.outcome.kind == OutcomeKind::infra_failed) left = &retries;
      if (!record.contamination.empty()) left = &reruns;
      if (left == nullptr || (*left)-- == 0) co_return record.outcome.kind;
    }
  }

  /// On the instruction clock all boots of a cell must be equal; one that is not says so.
  void check_repetition(BootRecord& record) {
    if (chosen_.accel != Accelerator::icount || record.outcome.kind != OutcomeKind::completed)
      return;
    const Results stored = services_.store.results(run_id_);
    const auto first =
        std::find_if(stored.boots.begin(), stored.boots.end(), [&](const ResultBoot& boot) {
          return stored.run.arms[boot.arm] == record.arm &&
                 stored.run.topologies[boot.topology] == record.topology &&
                 boot.outcome.kind == OutcomeKind::completed;
        });
    if (first == stored.boots.end()) return;
    const auto difference = first_difference(services_.store.boot(first->boot_id), record);
    if (!difference) return;
    const std::string sentence =
        "not exact, differs from " + first->boot_id + ": " + difference->sentence();
    services_.progress.say(record.boot_id + " is " + sentence);
    record.notes.push_back(sentence);
  }

  /// The names of an arm's code; read once for all its boots.
  std::shared_ptr<const Symbols> symbols_of(const PreparedArm& arm) {
    const auto& kernel = std::get<KernelArtifact>(arm.kernel);
    std::shared_ptr<const Symbols>& symbols = symbols_[kernel.key];
    if (!symbols) symbols = load_symbols(kernel, services_.folders);
    return symbols;
  }

  RunServices& services_;
  const Experiment& experiment_;
  const Catalogue& catalogue_;
  const Plan& plan_;
  const PreparedArms& arms_;
  const ChosenAccelerator& chosen_;
  std::int64_t run_id_;
  BootServices boot_services_;
  Deadlines guest_deadlines_;
  std::map<std::string, std::shared_ptr<const Symbols>> symbols_;  ///< By the kernel's key.
  TimeLeft time_left_;
  std::set<std::uint32_t> looks_;  ///< Blocks before which the widths are looked at.
};

}  // namespace

awaitable<RunSummary> run_experiment(RunServices& services, const Experiment& experiment,
                                     const Catalogue& catalogue, RunRequest request) {
  for (const std::string& name : co_await services.hypervisor.sweep())
    services.progress.say("ended guest " + name + " that an earlier run had left");

  // --blocks asks for that many, whatever the file says of precision.
  const bool stops_when_precise = experiment.runs.precision && !request.blocks;
  const unsigned most_blocks = stops_when_precise
                                   ? experiment.runs.max_blocks.value_or(experiment.runs.blocks)
                                   : request.blocks.value_or(experiment.runs.blocks);
  const Plan plan = make_plan(experiment, catalogue, most_blocks);
  // Named, not written into the await: GCC 12 copies such a temporary bitwise.
  const ArmServices arm_services{services.builder, services.commands, services.interrupt,
                                 services.progress, services.folders};
  std::vector<std::vector<std::uint32_t>> layouts = planned_layouts(plan, experiment.arms.size());
  const PreparedArms arms =
      co_await prepare_arms(arm_services, experiment, catalogue, std::move(layouts));
  if (services.interrupt.raised()) co_return RunSummary{.interrupted = true, .stopped = {}};
  refuse_missing_symbols(experiment, catalogue, arms);
  name_missing_collectors(services.progress, experiment, arms);

  ChosenAccelerator chosen{experiment.accel, "no kernel was built"};
  if (const PreparedArm* arm = first_bootable(arms))
    chosen = co_await choose_accelerator(services.hypervisor, services.clock, services.folders,
                                         experiment.accel, *arm);
  services.progress.say("guests run on " + to_string(chosen.accel) + ": " + chosen.reason);

  const HypervisorFacts facts = co_await services.hypervisor.facts();
  if (experiment.instrument.wanted()) check_instrument(facts, services.folders);
  RunInfo run = run_info(experiment, catalogue, plan, chosen, facts);
  if (request.calibration) run.kind = "calibration";
  run.experiment_hash =
      experiment_hash(experiment, arms, chosen, plan.blocks, request.calibration, run.metrics);
  run.started_at_ns = now_ns(services.clock);
  const FileLock only_us = lock_run(services, run.experiment_hash);
  const std::optional<std::int64_t> unfinished = services.store.unfinished_run(run.experiment_hash);
  if (unfinished && request.fresh) services.store.finish_run(*unfinished, now_ns(services.clock));
  for (std::size_t i = 0; i < arms.size(); ++i)
    for (const auto& [layout, arm] : arms[i]) {
      if (const auto* kernel = std::get_if<KernelArtifact>(&arm.kernel))
        services.store.record_kernel(kernel_record(experiment.arms[i], *kernel));
      if (arm.image) services.store.record_image(arm.image_record);
    }
  const std::int64_t run_id = services.store.begin_run(run);
  if (unfinished == run_id)
    services.progress.say(fmt::format("going on with run {}, which was interrupted", run_id));

  const bool guests_are_here = facts.uri.find(":///") != std::string::npos;
  BootSequence sequence(services, experiment, catalogue, plan, arms, chosen, run_id,
                        guests_are_here, stops_when_precise);
  const RunSummary summary = co_await sequence.carry_out();
  // What we failed is not an answer: the next call tries it again, and only that.
  if (!summary.interrupted && summary.given_up == 0)
    services.store.finish_run(run_id, now_ns(services.clock), early_end(plan, summary));
  co_return summary;
}

}  // namespace faultline
