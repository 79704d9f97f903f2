// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "outcome/boot_outcome.h"
#include "outcome/profile.h"
#include "outcome/published.h"

// The results of an experiment as plain data: what the pipeline hands to the store, and what the
// store hands to the reports.

namespace faultline {

/// How one process of the guest ended, as its agent saw it.
struct ProcessEnd {
  enum class Kind { exited, signalled, timed_out, oom_killed, not_started };
  Kind kind = Kind::exited;
  int code = 0;  ///< Exit status or signal number; errno for not_started.
  bool operator==(const ProcessEnd&) const = default;
};
/// Stable names used in the database and by the guest's agent: "exited", "signalled", …
std::string to_string(ProcessEnd::Kind kind);
/// Inverse of to_string; throws Error{store} on an unknown name.
ProcessEnd::Kind process_end_kind_from(const std::string& name);

struct IterationRecord {
  ProcessEnd end;
  std::chrono::nanoseconds wall{0};
  std::chrono::nanoseconds user{0};
  std::chrono::nanoseconds system{0};
  std::int64_t max_rss_kib = 0;
  std::int64_t minor_faults = 0;
  std::int64_t major_faults = 0;
  std::int64_t voluntary_switches = 0;
  std::int64_t involuntary_switches = 0;
  std::string standard_output;  ///< Bounded by the agent; `truncated` says so.
  std::string standard_error;
  bool truncated = false;
};

/// One number that a collector read, before and after a step. NaN: it was not there.
struct CounterRecord {
  std::string source;  ///< "vmstat", "node0/meminfo", "allocinfo", "perf"
  std::string name;
  double before = 0;
  double after = 0;
};

/// A collector in one boot.
struct CollectorRecord {
  std::string name;
  bool perturbs = false;
  std::string problem;  ///< What this kernel lacks for it, or "".
  bool operator==(const CollectorRecord&) const = default;
};

/// One measured number.
struct SampleRecord {
  std::string metric;
  std::uint32_t iteration = 0;  ///< From 0.
  double value = 0;
};

/// One step of one boot as it ran.
struct StepRecord {
  std::string workload;
  std::string params;  ///< PlannedStep::label.
  std::uint32_t position = 0;
  bool perturbed = false;  ///< A collector that perturbs ran along.
  std::vector<IterationRecord> iterations;
  std::vector<CounterRecord> counters;
  std::vector<SampleRecord> samples;
  StepProfile profile;  ///< Empty unless the experiment asked for one.
};

/// What the host was like while a guest ran, by the names of docs/statistics.md ("host_load",
/// "steal", …). What could not be measured is not in it.
using BootConditions = std::map<std::string, double>;

/// One attempt at one boot, complete.
struct BootRecord {
  std::string boot_id;      ///< Unique in the database.
  std::int64_t run_id = 0;  ///< Known when it was read from the database.
  std::uint32_t block = 0;
  std::uint32_t position = 0;
  std::uint32_t attempt = 0;  ///< From 0.
  std::string arm;
  std::string topology;
  std::string accel;               ///< "kvm" | "tcg" | "icount"
  std::int64_t started_at_ns = 0;  ///< UTC, since 1970.
  double boot_seconds = 0;         ///< To the agent's hello, 0: never came. From the guest's start;
                                   ///< on the instruction clock by its own clock.
  double wall_seconds = 0;         ///< All that this boot took.
  BootOutcome outcome;
  std::string kernel_key;      ///< Build key of the kernel, or "".
  std::string kernel_release;  ///< uname -r as the guest said.
  std::string image_hash;
  std::string cmdline;    ///< The whole kernel command line.
  std::string run_sheet;  ///< JSON, as given to the guest.
  std::string domain_xml;
  std::string console;             ///< Bounded: beginning and end are kept.
  std::string topology_found;      ///< JSON of the agent's topology event.
  std::vector<std::string> notes;  ///< For instance a setting that did not take.
  std::string artifacts_file;      ///< Path of the tar of bulk artifacts, or "".
  BootConditions conditions;
  std::string contamination;  ///< The declared limits that were passed, in words; "" if none.
  std::vector<CollectorRecord> collectors;
  std::vector<StepRecord> steps;
};

/// A guest image that boots use, for the provenance.
struct ImageRecord {
  struct Package {
    std::string name;
    std::string version;
    std::string architecture;
    bool operator==(const Package&) const = default;
  };
  std::string hash;               ///< BootRecord::image_hash
  std::string name;               ///< "minimal" | "debian"
  std::string disk_hash;          ///< SHA-256 of its disk, or "" without one.
  std::vector<Package> packages;  ///< On the disk.
  bool operator==(const ImageRecord&) const = default;
};

/// What a patch series says of itself, for readers of a report. It is not stored: reports take it
/// from the series' folder as long as that holds what the kernel was built with.
struct SeriesText {
  struct Patch {
    std::string name;
    std::string text;
    bool operator==(const Patch&) const = default;
  };
  std::string summary;
  std::string thread;  ///< Where it was discussed.
  std::vector<Patch> patches;
  std::string problem;  ///< Why there is nothing.
  bool operator==(const SeriesText&) const = default;
};

/// A kernel that arms use, for the provenance.
struct KernelRecord {
  std::string key;
  std::string release;
  std::string source;  ///< As the user wrote it.
  std::string source_hash;
  std::string compiler;
  std::string config_text;                 ///< The whole .config.
  std::vector<std::string> series;         ///< Names in order.
  std::vector<std::string> series_hashes;  ///< SHA-256 over each series' patches.
  std::vector<SeriesText> series_texts;    ///< Beside `series`; empty when not asked for.
  double build_seconds = 0;                ///< 0: from the cache.
  /// Seed of its text layout; 0: the order of the link (docs/kernel-cache.md).
  std::uint32_t layout = 0;
};

/// The host that ran the guests.
struct HostRecord {
  std::string cpu_model;
  unsigned cpus = 0;
  std::uint64_t memory_kib = 0;
  unsigned numa_nodes = 1;
  std::string kernel;
  std::string qemu;
  std::string libvirt;
  std::string connect_uri;
};

struct MetricInfo {
  std::string workload;
  std::string name;
  std::string unit;
  std::string direction;  ///< "lower" | "higher" | "neutral"
  std::string scale;      ///< "ratio" | "difference"
  std::string summary;    ///< "median" | "mean" | "min" | "max" | "sum"
  bool primary = false;
  std::string what;
  bool operator==(const MetricInfo&) const = default;
};

/// One execution of `faultline run` on one experiment; a resumed run stays the same run.
struct RunInfo {
  std::int64_t run_id = 0;
  std::string experiment;       ///< Name.
  std::string experiment_text;  ///< The YAML.
  std::string experiment_hash;  ///< SHA-256 of what decides the plan; equal hashes resume.
  std::string question;
  std::uint64_t seed = 0;
  unsigned blocks = 0;
  std::string baseline;
  std::vector<std::string> arms;           ///< In file order.
  std::vector<std::string> arm_cmdlines;   ///< Beside `arms`.
  std::vector<std::string> topologies;     ///< In file order.
  std::vector<std::string> topology_json;  ///< Nodes, CPUs, memory, distances; beside `topologies`.
  std::string accel;                       ///< What the guests ran on.
  std::string accel_reason;                ///< Why, when it was not what one would wish.
  std::int64_t started_at_ns = 0;
  std::int64_t finished_at_ns = 0;  ///< 0: not finished.
  std::string faultline_version;
  HostRecord host;
  std::vector<MetricInfo> metrics;
  std::vector<std::string>
      planned_steps;  ///< "workload\tparams", every step of the plan, in order.
  std::uint64_t planned_boots = 0;
  PublishedRecord published;
  /// "experiment", or "calibration": the baseline against itself.
  std::string kind = "experiment";
  /// Why the run ended before its plan did ("precision reached"); "" if it did not.
  std::string stopped;
  /// What the experiment declared, before the run, about its analysis: "analysis.method" and so on
  /// (docs/statistics.md, "What is declared"). What is not declared is not in it.
  std::map<std::string, std::string> declared;
  bool count_perturbed = false;  ///< Steps under collectors that perturb count in verdicts.
};

/// One boot as the reports need it.
struct ResultBoot {
  std::string boot_id;
  std::uint32_t block = 0;
  std::uint32_t position = 0;
  std::uint32_t attempt = 0;
  std::uint32_t arm = 0;       ///< Index into RunInfo::arms.
  std::uint32_t topology = 0;  ///< Index into RunInfo::topologies.
  std::string accel;
  std::int64_t started_at_ns = 0;
  double boot_seconds = 0;
  double wall_seconds = 0;
  BootOutcome outcome;
  std::string kernel_key;
  std::string kernel_release;
  std::vector<std::string> notes;
  std::string console_tail;  ///< Last lines, only for boots that did not complete.
  BootConditions conditions;
  std::string contamination;  ///< Not empty: the boot does not count.
};

/// One number, by index: a million of these must fit into 300 MiB with their report.
struct ResultSample {
  std::uint32_t boot = 0;    ///< Index into Results::boots.
  std::uint32_t step = 0;    ///< Index into Results::steps.
  std::uint32_t metric = 0;  ///< Index into RunInfo::metrics.
  std::uint32_t iteration = 0;
  double value = 0;
};

/// What a collector's number is called.
struct CounterName {
  std::string source;
  std::string name;
  bool operator==(const CounterName&) const = default;
};

/// How far a collector's number moved in one step of one boot.
struct ResultCounter {
  std::uint32_t boot = 0;  ///< Index into Results::boots.
  std::uint32_t step = 0;  ///< Index into Results::steps.
  std::uint32_t name = 0;  ///< Index into Results::counter_names.
  bool perturbed = false;  ///< From a step in which collectors that perturb ran along.
  double moved = 0;        ///< After less before; what was not there counts as 0.
};

/// Where the time of one step of one boot went, as call stacks.
struct ResultProfile {
  std::uint32_t boot = 0;
  std::uint32_t step = 0;
  /// "COMM;OUTERMOST;…;INNERMOST" and how often it was seen.
  std::vector<std::pair<std::string, double>> stacks;
};

/// What one step of one boot executed, counted exactly by the instrument.
struct ResultExecution {
  std::uint32_t boot = 0;
  std::uint32_t step = 0;
  StepProfile profile;
};

struct ResultStep {
  std::string workload;
  std::string params;
  bool operator==(const ResultStep&) const = default;
};

/// Everything that a report is made of.
struct Results {
  RunInfo run;
  std::vector<KernelRecord> kernels;
  std::vector<ResultStep> steps;
  std::vector<ResultBoot> boots;      ///< In run order, every attempt.
  std::vector<ResultSample> samples;  ///< Grouped by boot.
  /// Samples of steps that a collector perturbed: not in `samples` unless RunInfo::count_perturbed.
  std::uint64_t perturbed_samples = 0;
  std::vector<CounterName> counter_names;
  std::vector<ResultCounter> counters;  ///< Grouped by boot; those that never moved are left out.
  std::uint32_t counted_blocks = 0;     ///< Blocks whose counters are here; 0: all.
  std::vector<ResultProfile> profiles;  ///< Grouped by boot.
  /// Of the first completed boot on the instruction clock of each arm and topology: boots that
  /// agree in every digit have executed the same.
  std::vector<ResultExecution> executions;
};

}  // namespace faultline
