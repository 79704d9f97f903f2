// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include "base/error.h"
#include "bench/budgets.h"
#include "plan/plan.h"
#include "spec/parse_experiment.h"

namespace faultline::bench {
namespace {

/// 20 arms × 5 topologies × 1000 blocks = 100,000 boots of three steps each.
std::string large_experiment() {
  std::string text =
      "faultline: 1\nname: large\nkernels:\n"
      "  - {name: a0, source: 'debian:linux-source-6.12', config: [guest]}\n";
  for (int arm = 1; arm < 20; ++arm)
    text += fmt::format("  - {{name: a{0}, like: a0, cmdline: 'x={0}'}}\n", arm);
  text += "topologies:\n";
  for (int topology = 0; topology < 5; ++topology)
    text += fmt::format("  - {{name: t{}, nodes: [{{cpus: {}, memory: 1G}}]}}\n", topology,
                        topology + 1);
  text +=
      "workloads:\n  - {use: rmap-walk, params: {children: [16, 64, 256]}}\n"
      "runs: {blocks: 1000, seed: 1}\n";
  return text;
}

}  // namespace

std::vector<Row> plan_budget(const BenchFolders& folders) {
  const Measurement cost = measured([&folders] {
    std::vector<Diagnostic> diagnostics;
    const Catalogue catalogue = Catalogue::load(folders.root, diagnostics);
    const ParsedExperiment parsed = parse_experiment(large_experiment(), "large.yaml", catalogue);
    for (const Diagnostic& diagnostic : parsed.diagnostics)
      fmt::print(stderr, "{}\n", to_string(diagnostic));
    if (!parsed.experiment || make_plan(*parsed.experiment, catalogue).boots.size() != 100'000)
      throw Error(ErrorKind::host, "planning", "not 100,000 boots");
  });
  return {{"validate + plan 100,000 boots", fmt::format("{:.2f} s", cost.seconds), "1 s",
           cost.seconds <= 1},
          {"  its memory", fmt::format("{:.0f} MiB", cost.max_rss_mib), "200 MiB",
           cost.max_rss_mib <= 200}};
}

}  // namespace faultline::bench
