// SPDX-License-Identifier: GPL-2.0-or-later
#include "spec/parse_experiment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <set>

#include "base/files.h"
#include "spec/collectors.h"
#include "spec/experiment_shape.h"
#include "spec/test_catalogue.h"

namespace faultline {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;

/// The experiment; its file is in /lab, so that relative paths can be told.
Experiment parsed(const std::string& text) {
  const ParsedExperiment parsed = parse_experiment(text, "/lab/x.yaml", test::catalogue());
  for (const Diagnostic& diagnostic : parsed.diagnostics) ADD_FAILURE() << to_string(diagnostic);
  if (!parsed.experiment) throw std::runtime_error("no experiment");
  return *parsed.experiment;
}

TEST(ParseExperiment, ReadsEveryKeyOfAKernel) {
  const Experiment experiment = parsed(test::full_experiment);
  ASSERT_EQ(experiment.arms.size(), 3u);
  const Arm& chains = experiment.arms[0];
  EXPECT_EQ(chains.name, "chains");
  EXPECT_EQ(chains.source.kind, KernelSource::Kind::debian);
  EXPECT_EQ(chains.source.location, "linux-source-6.12");
  EXPECT_EQ(chains.source.text, "debian:linux-source-6.12");
  EXPECT_THAT(chains.series, ElementsAre("anon-vma-shared"));
  EXPECT_THAT(chains.config, ElementsAre("guest"));
  EXPECT_EQ(chains.cmdline, "rmap.fork_share=0 quiet");
  EXPECT_THAT(chains.settings, ElementsAre(Setting{"/proc/sys/vm/overcommit_memory", "1"}));
  EXPECT_EQ(chains.position, (SourcePosition{"/lab/x.yaml", 6, 5}));
  EXPECT_EQ(experiment.arms[2].source.location, "/lab/boot/bzImage");
  EXPECT_EQ(experiment.arms[2].source.modules, "/lab/boot/modules");
}

TEST(ParseExperiment, TakesOverTheKeysOfLikeAndReplacesThoseThatAreGiven) {
  const Experiment experiment = parsed(test::full_experiment);
  const Arm& chains = experiment.arms[0];
  const Arm& shared = experiment.arms[1];
  EXPECT_EQ(shared.name, "shared");
  EXPECT_EQ(shared.source, chains.source);
  EXPECT_EQ(shared.series, chains.series);
  EXPECT_EQ(shared.config, chains.config);
  EXPECT_EQ(shared.settings, chains.settings);
  EXPECT_EQ(shared.cmdline, "rmap.fork_share=1");
}

TEST(ParseExperiment, FollowsLikeOverSeveralKernelsInAnyOrder) {
  const Experiment experiment = parsed(test::edited(
      4, "  - {name: c, like: b, config: [lockdep]}\n  - {name: a, source: \"dir:~/linux\"}"));
  ASSERT_EQ(experiment.arms.size(), 3u);
  EXPECT_EQ(experiment.arms[0].cmdline, "quiet");
  EXPECT_EQ(experiment.arms[0].source, experiment.arms[1].source);
  EXPECT_THAT(experiment.arms[0].config, ElementsAre("lockdep"));
  EXPECT_THAT(experiment.arms[1].config, IsEmpty());
}

TEST(ParseExperiment, DoesNotTakeOverTheModulesOfAnotherSource) {
  const Experiment experiment =
      parsed(test::edited(4,
                          "  - {name: a, source: \"image:x\", modules: m}\n"
                          "  - {name: c, like: a, source: \"image:y\"}\n"
                          "  - {name: d, like: a, modules: n}"));
  EXPECT_EQ(experiment.arms[1].source.modules, "");
  EXPECT_EQ(experiment.arms[2].source.location, "/lab/x");
  EXPECT_EQ(experiment.arms[2].source.modules, "/lab/n");
  EXPECT_EQ(experiment.arms[3].source.modules, "/lab/m");
}

TEST(ParseExperiment, ReadsEveryKindOfSource) {
  const auto source = [](const std::string& text) {
    return parsed(test::edited(4, "  - {name: a, source: \"" + text + "\"}")).arms[0].source;
  };
  EXPECT_EQ(source("git:../linux#v6.12~3").location, "/linux");
  EXPECT_EQ(source("git:/src/linux#v6.12~3").ref, "v6.12~3");
  EXPECT_EQ(source("tar:/a/b.tar.xz").kind, KernelSource::Kind::tar);
  EXPECT_EQ(source("dir:linux").location, "/lab/linux");
  EXPECT_EQ(source("image:a:b").location, "/lab/a:b");
  ASSERT_EQ(setenv("HOME", "/home/dev", 1), 0);
  EXPECT_EQ(source("dir:~/linux").location, "/home/dev/linux");
}

TEST(ParseExperiment, MakesPathsOfConfigFilesAbsoluteAndKeepsNamesOfFragments) {
  const Experiment experiment = parsed(test::edited(
      4, "  - {name: a, source: \"tar:t\", config: [guest, ../x/my.config, my.config, /y/z]}"));
  EXPECT_THAT(experiment.arms[0].config,
              ElementsAre("guest", "/x/my.config", "/lab/my.config", "/y/z"));
}

TEST(ParseExperiment, ReadsEveryKeyOfATopology) {
  const Experiment experiment = parsed(test::full_experiment);
  const Topology& topology = experiment.topologies[1];
  EXPECT_EQ(topology.name, "two-node");
  EXPECT_THAT(topology.nodes, ElementsAre(TopologyNode{4, Bytes{512} << 20, 0u},
                                          TopologyNode{0, Bytes{1} << 30, 1u}));
  EXPECT_THAT(topology.distances, ElementsAre(ElementsAre(10u, 21u), ElementsAre(21u, 10u)));
  EXPECT_EQ(topology.sockets, 1u);
  EXPECT_EQ(topology.cores, 2u);
  EXPECT_EQ(topology.threads, 2u);
  EXPECT_EQ(topology.backing, MemoryBacking::hugepages);
  EXPECT_EQ(topology.hugepage_size, Bytes{2} << 20);
  EXPECT_THAT(topology.pin_cpus, ElementsAre(0u, 1u, 2u, 3u));
  EXPECT_EQ(topology.cpu_count(), 4u);
  EXPECT_EQ(topology.memory(), Bytes{1536} << 20);
  EXPECT_EQ(experiment.topologies[0].backing, MemoryBacking::memfd);
}

TEST(ParseExperiment, FillsInTheDistancesThatLinuxAssumes) {
  const Experiment experiment = parsed(
      test::edited(7, "  - {name: one, nodes: [{cpus: 2, memory: 1G}, {cpus: 0, memory: 1G}]}"));
  EXPECT_THAT(experiment.topologies[0].distances,
              ElementsAre(ElementsAre(10u, 20u), ElementsAre(20u, 10u)));
  EXPECT_EQ(experiment.topologies[0].sockets, 0u);
  EXPECT_EQ(experiment.topologies[0].hugepage_size, 0u);
}

TEST(ParseExperiment, WritesParameterValuesInTheirCanonicalForm) {
  const Experiment experiment = parsed(test::full_experiment);
  const WorkloadUse& use = experiment.workloads[0];
  EXPECT_THAT(use.params.at("children"), ElementsAre("16", "64"));
  EXPECT_THAT(use.params.at("area"), ElementsAre("67108864"));
  EXPECT_THAT(use.params.at("pause"), ElementsAre("1000", "500"));
  EXPECT_THAT(use.params.at("touch"), ElementsAre("true"));
  EXPECT_THAT(use.params.at("scope"), ElementsAre("own"));
  EXPECT_THAT(use.params.at("nodes"), ElementsAre("1,0"));
  EXPECT_EQ(use.iterations, 3u);
  EXPECT_EQ(use.timeout, milliseconds(120'000));
  EXPECT_THAT(use.settings,
              ElementsAre(Setting{"/sys/kernel/mm/transparent_hugepage/enabled", "never"}));
}

TEST(ParseExperiment, ReadsFiltersRunsAndTheRest) {
  const Experiment experiment = parsed(test::full_experiment);
  ASSERT_EQ(experiment.include.size(), 2u);
  EXPECT_THAT(experiment.include[0].kernels, ElementsAre("chains", "shared"));
  ASSERT_EQ(experiment.exclude.size(), 1u);
  EXPECT_THAT(experiment.exclude[0].kernels, ElementsAre("shared"));
  EXPECT_THAT(experiment.exclude[0].params.at("pause"), ElementsAre("1000"));
  EXPECT_EQ(experiment.runs.blocks, 4u);
  EXPECT_EQ(experiment.runs.seed, 20100117u);
  EXPECT_DOUBLE_EQ(experiment.runs.precision.value(), 0.02);
  EXPECT_EQ(experiment.runs.max_blocks, 20u);
  EXPECT_EQ(experiment.runs.budget, milliseconds(12 * 3'600'000));
  EXPECT_EQ(experiment.runs.retries, 1u);
  EXPECT_TRUE(experiment.runs.count_perturbed);
  EXPECT_THAT(experiment.functions, ElementsAre("rmap_walk_anon", "vma_link.isra.0"));
  EXPECT_EQ(experiment.accel, Accelerator::tcg);
  EXPECT_EQ(experiment.name, "full");
  EXPECT_EQ(experiment.question, "Is every key read?");
  EXPECT_EQ(experiment.reference, "none");
  EXPECT_EQ(experiment.baseline, 0u);
  EXPECT_EQ(experiment.text, test::full_experiment);
}

TEST(ParseExperiment, UsesTheDocumentedDefaults) {
  const Experiment experiment = parsed(test::edited(0, ""));
  EXPECT_EQ(experiment.baseline, 0u);
  EXPECT_EQ(experiment.runs.blocks, 6u);
  EXPECT_EQ(experiment.runs.seed, 0u);
  EXPECT_EQ(experiment.runs.retries, 2u);
  EXPECT_EQ(experiment.runs.precision, std::nullopt);
  EXPECT_EQ(experiment.runs.max_blocks, std::nullopt);
  EXPECT_EQ(experiment.runs.layouts, 0u);
  EXPECT_EQ(experiment.accel, Accelerator::automatic);
  EXPECT_EQ(experiment.workloads[0].iterations, 1u);
  EXPECT_THAT(experiment.collect, IsEmpty());
  EXPECT_EQ(parsed(test::edited(10, "runs: {blocks: 5, precision: 2%}")).runs.max_blocks, 20u);
  EXPECT_EQ(parsed(test::edited(10, "baseline: b")).baseline, 1u);
}

TEST(ParseExperiment, ReadsTextLayoutsOfSeparateBuilds) {
  const Experiment experiment = parsed(test::edited(5,
                                                    "  - {name: b, like: a, source: \"tar:t\"}\n"
                                                    "  - {name: c, like: b, cmdline: x}\n"
                                                    "  - {name: d, like: a, cmdline: y}\n"
                                                    "baseline: d\nruns: {blocks: 12, layouts: 6}"));
  EXPECT_EQ(experiment.runs.layouts, 6u);
  EXPECT_THAT(builds_of_arms(experiment), ElementsAre(3u, 1u, 1u, 3u))
      << "the baseline stands for its build, else the first arm";
}

TEST(ParseExperiment, ReadsWhatIsDeclaredAboutTheAnalysis) {
  const Experiment experiment = parsed(test::edited(
      10,
      "analysis: {method: mean-t, equivalence: 1.5%, margins: {seconds: 3%}, primary: seconds}\n"
      "gate: {times: any, inconclusive: fail}\n"
      "contamination: {host_load: 25%, steal: 1%, frequency_drop: 10%, memory_pressure: 2%,\n"
      "                clock_drift: 0.1%, other_guests: 0, reruns: 4}"));
  EXPECT_EQ(experiment.analysis.method, "mean-t");
  EXPECT_DOUBLE_EQ(experiment.analysis.equivalence.value(), 0.015);
  EXPECT_DOUBLE_EQ(experiment.analysis.margins.at("seconds"), 0.03);
  EXPECT_EQ(experiment.analysis.primary, std::vector<std::string>{"seconds"});
  ASSERT_TRUE(experiment.gate);
  EXPECT_TRUE(experiment.gate->any_times);
  EXPECT_TRUE(experiment.gate->inconclusive_fails);
  EXPECT_DOUBLE_EQ(experiment.contamination.host_load.value(), 0.25);
  EXPECT_DOUBLE_EQ(experiment.contamination.steal.value(), 0.01);
  EXPECT_DOUBLE_EQ(experiment.contamination.frequency_drop.value(), 0.10);
  EXPECT_DOUBLE_EQ(experiment.contamination.memory_pressure.value(), 0.02);
  EXPECT_DOUBLE_EQ(experiment.contamination.clock_drift.value(), 0.001);
  EXPECT_EQ(experiment.contamination.other_guests, 0u);
  EXPECT_EQ(experiment.contamination.reruns, 4u);
}

TEST(ParseExperiment, DeclaresNothingByItself) {
  const Experiment experiment = parsed(test::edited(0, ""));
  EXPECT_EQ(experiment.analysis.method, "hodges-lehmann");
  EXPECT_EQ(experiment.analysis.equivalence, std::nullopt);
  EXPECT_FALSE(experiment.gate);
  EXPECT_TRUE(parsed(test::edited(10, "gate: {}")).gate);
  EXPECT_EQ(experiment.contamination.host_load, std::nullopt);
  EXPECT_EQ(parsed(test::edited(10, "accel: icount")).runs.blocks, 2u);
  EXPECT_EQ(parsed(test::edited(10, "accel: icount\nruns: {blocks: 5}")).runs.blocks, 5u);
}

TEST(ParseExperiment, ReportsAllMistakesOfAFileAtOnceInFileOrder) {
  const std::string text = R"(faultline: 1
nmae: t
kernels:
  - {name: a, source: "rpm:x"}
topologies:
  - {name: one, nodes: [{cpus: many, memory: 1G}]}
workloads:
  - {use: wlak}
runs: {blocks: 0}
)";
  const auto diagnostics = parse_experiment(text, "x.yaml", test::catalogue()).diagnostics;
  std::vector<int> lines;
  for (const Diagnostic& diagnostic : diagnostics) lines.push_back(diagnostic.position.line);
  EXPECT_THAT(lines, ElementsAre(1, 2, 4, 6, 6, 8, 9));
}

TEST(ParseExperiment, ReportsAMistakeBehindAnAnchorOnce) {
  const auto diagnostics =
      parse_experiment(
          test::edited(7, "  - {name: one, nodes: [&n {cpus: 2, memory: 1X}, *n, *n, *n]}"),
          "x.yaml", test::catalogue())
          .diagnostics;
  ASSERT_EQ(diagnostics.size(), 1u);
  EXPECT_EQ(to_string(diagnostics[0]),
            "x.yaml:7:46: error: 'memory' must be a size, not '1X'; write for example 512M or 1G");
}

TEST(ParseExperiment, ShowsHostileTextWithoutItsControlCharacters) {
  const auto diagnostics =
      parse_experiment(test::edited(10, "\"\\e[31mred\\n\": 1\nbaseline: \"\\e[2J\""), "x.yaml",
                       test::catalogue())
          .diagnostics;
  ASSERT_FALSE(diagnostics.empty());
  for (const Diagnostic& diagnostic : diagnostics)
    EXPECT_THAT(to_string(diagnostic), testing::Not(testing::ContainsRegex("[\x1b\n]")));
}

std::string list_of(std::size_t items, const std::string& item) {
  std::string list = "[";
  for (std::size_t i = 0; i < items; ++i) list += (i ? ", " : "") + item;
  return list + "]";
}

/// Each would otherwise take minutes or gigabytes, for its parts are compared or copied.
TEST(ParseExperiment, LooksNoFurtherAtWhatIsLongerThanItsBound) {
  const std::string long_text(200'000, 'x');
  const std::vector<std::tuple<std::size_t, std::string, std::string>> cases{
      {7, "  - {name: one, nodes: " + list_of(15'000, "{cpus: 1, memory: 1G}") + "}",
       "x:7:24: error: 'nodes' has 15000 items, more than 64"},
      {4, "  - {name: a, source: \"tar:t\", cmdline: " + long_text + "}",
       "x:4:41: error: 'cmdline' has 200000 bytes, more than 1024"},
      {4, "  - {name: " + long_text + ", source: \"tar:t\"}",
       "x:4:12: error: 'name' has 200000 bytes, more than 4096"},
      {4, "  - {name: a, source: \"tar:t\", series: " + list_of(40'000, "vmap-nodes") + "}",
       "x:4:40: error: 'series' has 40000 items, more than 64"},
      {5,
       "  - {name: b, like: a}" +
           [] {
             std::string kernels;
             for (int i = 0; i < 9'998; ++i) kernels += "\n  - {name: k, like: a}";
             return kernels;
           }(),
       "x:4:3: error: 'kernels' has 10000 items, more than 256"},
      {9, "  - {use: walk, params: {children: " + list_of(40'000, "1") + "}}",
       "x:9:36: error: 'children' has 40000 items, more than 1000"},
      {10, "exclude: [{params: {children: " + list_of(90'000, "1") + "}}]",
       "x:10:31: error: 'children' has 90000 items, more than 1000"},
  };
  for (const auto& [line, text, expected] : cases) {
    const auto parsed = parse_experiment(test::edited(line, text), "x", test::catalogue());
    EXPECT_FALSE(parsed.experiment);
    ASSERT_EQ(parsed.diagnostics.size(), 1u) << expected;
    EXPECT_EQ(to_string(parsed.diagnostics[0]), expected);
  }
}

TEST(ParseExperiment, RefusesMoreStepsThanItsBound) {
  std::string values = "[1";
  for (int i = 2; i <= 500; ++i) values += ", " + std::to_string(i);
  values += "]";
  std::string pauses = "[1ms";
  for (int i = 2; i <= 500; ++i) pauses += ", " + std::to_string(i) + "ms";
  const std::string text = test::edited(
      9, "  - {use: walk, params: {children: " + values + ", pause: " + pauses + "]}}");
  const auto parsed = parse_experiment(text, "x", test::catalogue());
  ASSERT_EQ(parsed.diagnostics.size(), 1u);
  EXPECT_EQ(
      to_string(parsed.diagnostics[0]),
      "x:9:3: error: the workloads make more than 10000 different steps; give fewer parameters "
      "a list of values");
}

TEST(ParseExperiment, RefusesMoreStepsOverAllBlocksThanItsBound) {
  std::string values = "[1";
  for (int i = 2; i <= 1000; ++i) values += ", " + std::to_string(i);
  const std::string text =
      test::edited(9, "  - {use: walk, params: {children: " + values + "]}}\nruns: {blocks: 5001}");
  const auto parsed = parse_experiment(text, "x", test::catalogue());
  ASSERT_EQ(parsed.diagnostics.size(), 1u);
  EXPECT_EQ(
      to_string(parsed.diagnostics[0]),
      "x:10:7: error: 5001 blocks of 2000 steps are more than 10000000 steps; use fewer blocks");
}

TEST(ParseExperiment, AcceptsEveryExperimentOfThisTree) {
  const std::filesystem::path root = FAULTLINE_SOURCE_DIR;
  std::vector<Diagnostic> diagnostics;
  const Catalogue catalogue = Catalogue::load(root, diagnostics);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root / "experiments")) {
    if (entry.path().extension() != ".yaml") continue;
    if (entry.path().parent_path().filename() == "published") continue;  // read by the catalogue
    const auto parsed = parse_experiment(read_file(entry.path()), entry.path().string(), catalogue);
    diagnostics.insert(diagnostics.end(), parsed.diagnostics.begin(), parsed.diagnostics.end());
  }
  const std::string reference = read_file(root / "docs" / "experiment.md");
  const std::size_t example = reference.find("```yaml\nfaultline: 1\n") + 8;
  const auto parsed = parse_experiment(
      reference.substr(example, reference.find("```\n", example) - example), "example", catalogue);
  diagnostics.insert(diagnostics.end(), parsed.diagnostics.begin(), parsed.diagnostics.end());
  for (const Diagnostic& diagnostic : diagnostics) ADD_FAILURE() << to_string(diagnostic);
}

/// Every key path of the grammar, as docs/experiment.md names keys.
void collect_keys(const Shape& shape, std::set<std::string>& keys) {
  for (const Field& field : shape.fields) {
    keys.insert(field.key);
    collect_keys(field.shape, keys);
  }
  for (const Shape& item : shape.item) collect_keys(item, keys);
}

TEST(ExperimentReference, DescribesEveryKeyChoiceAndCollector) {
  const std::string reference =
      read_file(std::filesystem::path(FAULTLINE_SOURCE_DIR) / "docs" / "experiment.md");
  std::set<std::string> keys;
  collect_keys(experiment_shape(test::catalogue()), keys);
  for (const std::string& collector : collector_names()) keys.insert(collector);
  for (const std::string& key : keys) EXPECT_THAT(reference, testing::HasSubstr("`" + key + "`"));
}

TEST(ExperimentReference, QuotesMessagesAsTheProgramPrintsThem) {
  const std::string reference =
      read_file(std::filesystem::path(FAULTLINE_SOURCE_DIR) / "docs" / "experiment.md");
  const std::string begin = "```yaml\n# mistakes.yaml\n";
  const std::size_t from = reference.find(begin);
  ASSERT_NE(from, std::string::npos);
  const std::size_t to = reference.find("```\n", from + begin.size());
  const std::string text = reference.substr(from + 8, to - from - 8);
  Catalogue catalogue = test::catalogue();
  WorkloadDefinition workload = catalogue.workloads.at("walk");
  workload.name = "rmap-walk";
  catalogue.workloads.emplace(workload.name, workload);
  const auto parsed = parse_experiment(text, "mistakes.yaml", catalogue);
  ASSERT_GE(parsed.diagnostics.size(), 8u);
  for (const Diagnostic& diagnostic : parsed.diagnostics)
    EXPECT_THAT(reference, testing::HasSubstr(to_string(diagnostic) + "\n"));
}

}  // namespace
}  // namespace faultline
