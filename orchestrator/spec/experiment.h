// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/diagnostic.h"

// What an experiment file says, as plain data. Everything here has been checked: names resolve,
// sizes are in range, inheritance (`like:`) is applied. The grammar is in docs/experiment.md.

namespace faultline {

/// A number of bytes.
using Bytes = std::uint64_t;

/// Where a kernel comes from.
struct KernelSource {
  enum class Kind {
    debian,  ///< `debian:PACKAGE`: the tarball /usr/src/PACKAGE.tar.xz that the package installs.
    git,     ///< `git:DIR#REF`: a commit of a local repository.
    tar,     ///< `tar:FILE`: a source tarball.
    dir,     ///< `dir:DIR`: a working tree with its uncommitted changes.
    image,   ///< `image:BZIMAGE`: a finished kernel, with an optional module folder.
  };
  Kind kind = Kind::debian;
  std::string location;  ///< Package name, folder or file; relative paths are made absolute.
  std::string ref;       ///< git only: branch, tag or commit.
  std::string modules;   ///< image only: module folder (`lib/modules/RELEASE`), or empty.
  std::string text;      ///< As the user wrote it.
  bool operator==(const KernelSource&) const = default;
};

/// A file of the guest that gets a value before a measurement (sysctl, sysfs); read back after.
struct Setting {
  std::string path;
  std::string value;
  bool operator==(const Setting&) const = default;
};

/// One arm: a kernel build, its command line and its settings.
struct Arm {
  std::string name;
  KernelSource source;
  std::vector<std::string> series;  ///< Names of folders of kernel-patches/, in this order.
  std::vector<std::string> config;  ///< Names of kernel-patches/config/NAME.config, or paths.
  std::string cmdline;              ///< Extra kernel parameters, blank-separated.
  std::vector<Setting> settings;
  /// Its text layouts are drawn apart from those of arms with the same build (calibrations).
  bool layouts_apart = false;
  SourcePosition position;  ///< Where the file says so.
};

struct TopologyNode {
  unsigned cpus = 0;  ///< 0: a node of memory only.
  Bytes memory = 0;
  std::optional<unsigned> host_node;  ///< Bind the memory and CPUs to this node of the host.
  bool operator==(const TopologyNode&) const = default;
};

/// A cache in front of each node's CPUs, for the instrument's count of misses.
struct CacheShape {
  unsigned sets = 0;  ///< A power of two.
  unsigned ways = 0;
  unsigned line = 64;  ///< Bytes, a power of two.
  bool operator==(const CacheShape&) const = default;
};

enum class MemoryBacking { anonymous, memfd, hugepages };

/// The machine that a guest sees. CPUs are numbered node by node.
struct Topology {
  std::string name;
  std::vector<TopologyNode> nodes;
  /// ACPI SLIT: distances[i][j], 10 on the diagonal; square, of the size of `nodes`.
  std::vector<std::vector<unsigned>> distances;
  unsigned sockets = 0;  ///< sockets × cores × threads = total CPUs; 0: one socket a CPU node.
  unsigned cores = 0;
  unsigned threads = 0;
  MemoryBacking backing = MemoryBacking::anonymous;
  Bytes hugepage_size = 0;         ///< With MemoryBacking::hugepages.
  std::vector<unsigned> pin_cpus;  ///< Host CPU of each vCPU; empty: not pinned.
  std::optional<CacheShape> cache;
  SourcePosition position;

  unsigned cpu_count() const;
  Bytes memory() const;
};

/// A workload with a list of values for each parameter that varies.
struct WorkloadUse {
  std::string workload;                                    ///< Folder name below workloads/.
  std::map<std::string, std::vector<std::string>> params;  ///< Canonical text of each value.
  unsigned iterations = 1;                                 ///< Runs of the program in one boot.
  std::optional<std::chrono::milliseconds> timeout;        ///< Per iteration; else the workload's.
  std::vector<Setting> settings;                           ///< On top of the workload's own.
  SourcePosition position;
};

/// A line of `include:` or `exclude:`. Empty fields match everything; `params` matches steps that
/// have these values.
struct MatrixFilter {
  std::vector<std::string> kernels;
  std::vector<std::string> topologies;
  std::vector<std::string> workloads;
  std::map<std::string, std::vector<std::string>> params;
};

enum class Accelerator { automatic, kvm, tcg, icount };

/// What QEMU counts while a guest runs on the instruction clock (docs/instrument.md).
struct Instrument {
  bool functions = false;  ///< Instructions by function.
  bool calls = false;      ///< Call stacks, and instructions for each call of a function.
  bool memory = false;     ///< Loads and stores by the node of the CPU and of the memory.
  bool wanted() const { return functions || calls || memory; }
  bool operator==(const Instrument&) const = default;
};

struct RunPolicy {
  unsigned blocks = 6;
  bool blocks_given = false;  ///< `blocks` is the file's, not the accelerator's default.
  std::uint64_t seed = 0;
  std::optional<double>
      precision;  ///< Stop when every primary interval is this narrow (0.02 = 2 %).
  std::optional<unsigned> max_blocks;
  unsigned layouts = 0;  ///< Text layouts that each build is linked in; 0: the order of the link.
  std::optional<std::chrono::milliseconds> budget;
  unsigned retries = 2;          ///< Further attempts of a boot that *we* failed.
  bool count_perturbed = false;  ///< Collectors that perturb run in the measured steps.
};

/// How the results are read; fixed before the run, and stored with it (docs/statistics.md).
struct AnalysisChoice {
  std::string method = "hodges-lehmann";
  std::optional<double> equivalence;      ///< Margin of ratio metrics: 0.02 = 2 %.
  std::map<std::string, double> margins;  ///< By metric: a share, or an amount in its unit.
  /// A workload that has one of these metrics has these as its primary ones, not its own.
  std::vector<std::string> primary;
};

/// When `run` and `compare` end with status 1.
struct GateChoice {
  bool any_times = false;           ///< Also believe times on topologies that are not backed.
  bool inconclusive_fails = false;  ///< Else only what regressed does.
};

/// What a host may be like while a guest is measured. A limit that is not given is not watched.
struct ContaminationLimits {
  std::optional<double> host_load;        ///< CPU time of other processes, as a share of all CPUs.
  std::optional<double> steal;            ///< Share of CPU time taken by the host's own host.
  std::optional<double> frequency_drop;   ///< Share by which CPUs ran below their highest.
  std::optional<double> memory_pressure;  ///< Share of time in which some task waited for memory.
  std::optional<double> clock_drift;      ///< Share by which the guest's clock was off.
  std::optional<unsigned> other_guests;   ///< QEMU processes that are not ours.
  unsigned reruns = 2;                    ///< Further attempts of a contaminated boot.
};

struct Experiment {
  std::string file;  ///< As given on the command line.
  std::string name;
  std::string question;
  std::string reference;  ///< Name in Catalogue::published; may be empty.
  std::vector<Arm> arms;
  std::size_t baseline = 0;  ///< Index into `arms`.
  std::vector<Topology> topologies;
  std::vector<WorkloadUse> workloads;
  std::vector<MatrixFilter> include;  ///< Empty: everything.
  std::vector<MatrixFilter> exclude;
  std::vector<std::string> collect;    ///< Names of collectors() (spec/collectors.h).
  std::vector<std::string> functions;  ///< Of the kernel, for the collector "functions".
  Instrument instrument;
  RunPolicy runs;
  AnalysisChoice analysis;
  std::optional<GateChoice> gate;
  ContaminationLimits contamination;
  Accelerator accel = Accelerator::automatic;
  std::string text;  ///< The file's bytes, for the provenance.
};

std::string to_string(Accelerator accel);

/// True if both arms boot one build of a kernel: equal source, series and configuration.
bool same_build(const Arm& a, const Arm& b);

/// Beside the arms: the arm that stands for its build, the baseline where it is of that build, else
/// the first in the file. Equal for arms that boot the same files in every block.
std::vector<std::size_t> builds_of_arms(const Experiment& experiment);

/// Blocks of an experiment that gives none. On the instruction clock two: the second boot of each
/// arm proves that the first one repeats, and more of them would be the same again.
unsigned default_blocks(Accelerator accel);

/// The experiment on another accelerator than its file says.
void use_accelerator(Experiment& experiment, Accelerator accel);

}  // namespace faultline
