// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/opened_bundle.h"

#include <fmt/format.h>

#include <map>
#include <set>

#include "base/error.h"
#include "base/files.h"
#include "base/sha256.h"
#include "bundle/bundle_lock.h"
#include "reports/facts.h"
#include "reports/format.h"
#include "reports/report.h"
#include "store/store.h"

namespace faultline {
namespace {

namespace fs = std::filesystem;

/// What a comparison is about, in names, so that two runs' can be matched.
std::string subject_of(const Report& report, const Comparison& comparison) {
  const RunInfo& run = report.results.run;
  const MetricInfo& metric = run.metrics[comparison.metric];
  return fmt::format("{} of {} {}, {}, {}", metric.name, metric.workload,
                     report.results.steps[comparison.step].params, run.arms[comparison.arm],
                     run.topologies[comparison.topology]);
}

std::string figure_of(const Report& report, const Comparison& comparison) {
  if (!has_effect(comparison)) return "-";
  const std::string& unit = report.results.run.metrics[comparison.metric].unit;
  const std::string interval = format_interval(comparison, unit);
  return format_effect(comparison, unit) + (interval.empty() ? "" : " (" + interval + ")");
}

/// The primary metrics of both runs.
std::string figures_side_by_side(const Report& there, const Report& here) {
  std::map<std::string, const Comparison*> theirs;
  for (const Comparison* comparison : chief_comparisons(there))
    theirs[subject_of(there, *comparison)] = comparison;
  std::string text;
  for (const Comparison* comparison : chief_comparisons(here)) {
    const std::string subject = subject_of(here, *comparison);
    const auto other = theirs.find(subject);
    text += fmt::format("  {}\n    there {}, here {}\n", visible_line(subject),
                        other == theirs.end() ? "nothing" : figure_of(there, *other->second),
                        figure_of(here, *comparison));
    if (other != theirs.end()) theirs.erase(other);
  }
  for (const auto& [subject, comparison] : theirs)
    text += fmt::format("  {}\n    there {}, here nothing\n", visible_line(subject),
                        figure_of(there, *comparison));
  return text;
}

/// What the bundle's run found. Read before the first boot: hours later is too late to hear that it
/// cannot be compared with.
Report bundled_report(const BundleLock& lock, const fs::path& folder) {
  try {
    return make_report(
        Store::open(folder / "results.sqlite", Store::Mode::read_only).results(lock.run_id));
  } catch (const Error& error) {
    throw Error(ErrorKind::user_input, "reading the bundle's results", error.cause(),
                "make the bundle again with 'faultline bundle'");
  }
}

}  // namespace

BundleLock lock_of(const Invocation& invocation, const Results& results) {
  BundleLock lock;
  lock.faultline_version = results.run.faultline_version;
  lock.experiment = results.run.experiment;
  lock.experiment_hash = results.run.experiment_hash;
  lock.run_id = results.run.run_id;
  lock.blocks = results.run.blocks;
  lock.accel = results.run.accel;
  lock.host = results.run.host;
  lock.kernels = results.kernels;
  Store store = Store::open(invocation.database, Store::Mode::read_only);
  std::set<std::string> images;
  std::set<std::uint32_t> arms;
  for (const ResultBoot& boot : results.boots)  // an arm has one image
    if (arms.insert(boot.arm).second) images.insert(store.boot(boot.boot_id).image_hash);
  images.erase("");
  lock.image_hashes.assign(images.begin(), images.end());
  return lock;
}

OpenedBundle open_bundle(Invocation& invocation, const fs::path& file) {
  const fs::path bundles = invocation.locations.state / "bundles";
  std::error_code error;
  fs::create_directories(bundles, error);
  if (error)
    throw Error(ErrorKind::host, "creating folder " + bundles.string(), error.message(),
                "choose another state folder with FAULTLINE_STATE");
  OpenedBundle opened;
  TemporaryDirectory aside(bundles);
  opened.lock = unpack_bundle(file, aside.path());
  bundled_report(opened.lock, aside.path());
  opened.folder = bundles / sha256_hex_of_file(file).substr(0, 16);
  const fs::path agent = aside.path() / "guest/agent";
  fs::create_directories(agent.parent_path());
  fs::copy_file(invocation.locations.guest / "agent", agent, fs::copy_options::overwrite_existing,
                error);
  if (error)
    throw Error(ErrorKind::host, "taking the agent from " + invocation.locations.guest.string(),
                error.message(), "build it with scripts/build release");
  fs::remove_all(opened.folder);
  if (publish_directory(aside.path(), opened.folder)) aside.release();
  opened.experiment = opened.folder / "experiment.yaml";
  invocation.locations.root = opened.folder;
  invocation.locations.guest = opened.folder / "guest";
  return opened;
}

std::string compared_with_bundle(const OpenedBundle& bundle, const Invocation& invocation,
                                 const Results& here) {
  std::string text = "\nBeside the bundle's run\n";
  const auto lines = differences(bundle.lock, lock_of(invocation, here));
  for (const std::string& line : lines) text += "  differs: " + line + "\n";
  if (lines.empty()) text += "  the inputs and the host are the same\n";
  const Report there = bundled_report(bundle.lock, bundle.folder);
  return text + figures_side_by_side(there, make_report(here));
}

}  // namespace faultline
