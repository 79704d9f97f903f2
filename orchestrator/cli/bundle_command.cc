// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/files.h"
#include "bundle/bundle.h"
#include "cli/command.h"
#include "cli/loaded_experiment.h"
#include "cli/opened_bundle.h"
#include "cli/report_file.h"
#include "cli/stored_run.h"
#include "kernel/series_patch.h"
#include "reports/report.h"
#include "spec/parse_experiment.h"

namespace faultline {
namespace {

namespace fs = std::filesystem;

struct BundleOptions {
  std::int64_t run = 0;
  std::string output;
};

/// Collects the files of a run, each once.
class Contents {
 public:
  void add(const std::string& path, std::string content, bool executable = false) {
    if (paths_.insert(path).second) files_.push_back({path, std::move(content), executable});
  }
  /// Every plain file below a folder of this host.
  void add_folder(const std::string& path, const fs::path& folder) {
    for (const auto& entry : fs::recursive_directory_iterator(folder))
      if (entry.is_regular_file())
        add(path + "/" + entry.path().lexically_relative(folder).string(), read_file(entry.path()),
            (entry.status().permissions() & fs::perms::owner_exec) != fs::perms::none);
  }
  std::vector<BundleFile> take() { return std::move(files_); }

 private:
  std::set<std::string> paths_;
  std::vector<BundleFile> files_;
};

[[noreturn]] void refuse(const std::string& why, const std::string& hint) {
  throw Error(ErrorKind::user_input, "making a bundle", why, hint);
}

/// The series as it is here must be the one that the run was made with.
void add_series(Contents& contents, const SeriesDefinition& series,
                const std::vector<KernelRecord>& kernels) {
  const std::string hash = read_series(series).hash;
  for (const KernelRecord& kernel : kernels)
    for (std::size_t i = 0; i < kernel.series.size() && i < kernel.series_hashes.size(); ++i)
      if (kernel.series[i] == series.name && kernel.series_hashes[i] != hash)
        refuse("series " + series.name + " was changed after the run",
               "run the experiment again, or bring the series back to what it was");
  contents.add_folder("kernel-patches/" + series.name, series.folder);
}

/// Published figures, with the workloads that they are about, for they are checked against those.
void add_published(Contents& contents, const Invocation& invocation, const Catalogue& catalogue,
                   const std::string& name) {
  const std::string path = "experiments/published/" + name + ".yaml";
  contents.add(path, read_file(invocation.locations.root / path));
  for (const PublishedFigure& figure : catalogue.published.at(name).figures)
    for (const PlaceOfOurs& place : figure.here)
      contents.add_folder("workloads/" + place.workload,
                          catalogue.workloads.at(place.workload).folder);
}

void add_inputs(Contents& contents, const Invocation& invocation, const Results& results) {
  const Catalogue catalogue = load_catalogue(invocation);
  const ParsedExperiment parsed =
      parse_experiment(results.run.experiment_text, "experiment.yaml", catalogue);
  if (!parsed.experiment)
    refuse("the run's experiment no longer fits this installation: " +
               (parsed.diagnostics.empty() ? "" : to_string(parsed.diagnostics.front())),
           "use the Faultline that made the run");
  for (const Arm& arm : parsed.experiment->arms) {
    for (const std::string& name : arm.series)
      add_series(contents, catalogue.series.at(name), results.kernels);
    for (const std::string& name : arm.config) {
      const auto fragment = catalogue.config_fragments.find(name);
      if (fragment == catalogue.config_fragments.end())
        refuse("arm " + arm.name + " uses the config fragment " + name + ", a file of this host",
               "move it to kernel-patches/config and name it there");
      contents.add("kernel-patches/config/" + fragment->second.filename().string(),
                   read_file(fragment->second));
    }
    if (arm.source.kind != KernelSource::Kind::debian)
      fmt::print(stderr,
                 "the source of arm {}, {}, is not in the bundle: the other host needs it\n",
                 arm.name, arm.source.text);
  }
  if (!parsed.experiment->reference.empty())
    add_published(contents, invocation, catalogue, parsed.experiment->reference);
  for (const WorkloadUse& use : parsed.experiment->workloads) {
    contents.add_folder("workloads/" + use.workload, catalogue.workloads.at(use.workload).folder);
    const fs::path built = invocation.locations.guest / "workloads" / use.workload;
    if (fs::is_directory(built)) contents.add_folder("guest/workloads/" + use.workload, built);
  }
}

std::string exported_run(const Invocation& invocation, std::int64_t run_id) {
  const TemporaryDirectory scratch;
  const fs::path file = scratch.path() / "results.sqlite";
  Store::open(invocation.database, Store::Mode::read_only).export_run(run_id, file);
  return read_file(file, std::size_t{4} << 30);
}

void bundle(const Invocation& invocation, const BundleOptions& options) {
  const Results results = stored_results(invocation, options.run);
  Contents contents;
  contents.add("experiment.yaml", results.run.experiment_text);
  add_inputs(contents, invocation, results);
  contents.add("results.sqlite", exported_run(invocation, results.run.run_id));
  contents.add("report.html", render_html(make_report(results)));
  const fs::path file =
      options.output.empty() ? default_report_name(results.run, "tar.zst") : options.output;
  write_bundle(file, lock_of(invocation, results), contents.take());
  fmt::print("{}\n", fs::absolute(file).string());
}

}  // namespace

void add_bundle_command(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand(
      "bundle", "Write a run with all its inputs to one file, for 'faultline run' elsewhere");
  auto options = std::make_shared<BundleOptions>();
  command->add_option("RUN", options->run, "Run number from 'list'; the newest if left out")
      ->check(CLI::PositiveNumber);
  command->add_option("-o,--output", options->output,
                      "File to write; else faultline-EXPERIMENT-RUN.tar.zst");
  command->callback([&invocation, options] { bundle(invocation, *options); });
}

}  // namespace faultline
