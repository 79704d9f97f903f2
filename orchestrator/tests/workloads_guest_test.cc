// SPDX-License-Identifier: GPL-2.0-or-later
// The shipped workloads in a real guest, emulated: each gives its figures, those that do not depend
// on speed are the right ones, and what a guest cannot do is refused in words.

#include <cmath>
#include <optional>

#include "tests/end_to_end.h"

namespace faultline::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class WorkloadsInAGuest : public EndToEnd {
 protected:
  void SetUp() override {
    if (test_kernel().empty())
      GTEST_SKIP() << "FAULTLINE_TEST_KERNEL names no guest kernel to boot";
  }

  /// The modules beside the tests' kernel, if they are there.
  static std::optional<fs::path> modules() {
    const fs::path folder = fs::path(test_kernel()).parent_path() / "modules/lib/modules";
    std::error_code none;
    for (const auto& entry : fs::directory_iterator(folder, none)) return entry.path();
    return std::nullopt;
  }

  /// Runs these steps in one boot of a guest with two nodes, and expects this exit status.
  void run_steps(const std::string& steps, int status) {
    std::string kernel = "  - {name: plain, source: 'image:" + test_kernel() + "'";
    if (modules()) kernel += ", modules: '" + modules()->string() + "'";
    const std::string file = bench_.write(
        "experiment.yaml",
        "faultline: 1\nname: workloads\nkernels:\n" + kernel +
            "}\ntopologies:\n  - name: two\n    nodes: [{cpus: 1, memory: 512M}, {cpus: 1, memory: "
            "512M}]\nworkloads:\n" +
            steps + "runs: {blocks: 1, seed: 1}\naccel: tcg\n");
    const ProgramEnd run = bench_.run({"run", file});
    EXPECT_EQ(run.status, status) << run.err;
    measured_ = results();
  }

  /// The values of one metric, by the parameters of their steps.
  std::map<std::string, double> values(const std::string& workload,
                                       const std::string& metric) const {
    std::map<std::string, double> found;
    for (const ResultSample& sample : measured_.samples) {
      const ResultStep& step = measured_.steps.at(sample.step);
      if (step.workload == workload && measured_.run.metrics.at(sample.metric).name == metric)
        found[step.params] = sample.value;
    }
    return found;
  }

  void expect_near(const std::string& workload, const std::string& metric, std::size_t steps,
                   double wanted, double tolerance) const {
    const auto found = values(workload, metric);
    EXPECT_EQ(found.size(), steps) << workload << " " << metric;
    for (const auto& [params, value] : found)
      EXPECT_NEAR(value, wanted, tolerance) << workload << " " << params << " " << metric;
  }

  Results measured_;
};

TEST_F(WorkloadsInAGuest, GiveTheirFigures) {
  std::string steps = R"(
  - {use: page-fault, params: {test: [page_fault1, page_fault2, page_fault3], form: [processes, threads], size: 4M, seconds: 1, warmup: 0}}
  - {use: ebizzy, params: {seconds: 1}}
  - {use: ksm-migrate, params: {form: [mappings, processes], pages: 64, moves: 4, max_page_sharing: 16}}
  - {use: aim7, params: {mix: alltests, users: 2, jobs: 1, zram_swap: 64M}}
  - {use: aim7, params: {mix: mm, users: 1, increment: 1, jobs: 1, search: crossover, limit: 1000000}}
)";
  if (modules()) steps += "  - {use: vmalloc, params: {mask: 71, loops: 10, threads: [1, 2]}}\n";
  run_steps(steps, 0);
  EXPECT_THAT(outcomes(), ::testing::ElementsAre("r1-b1-plain-two completed"));

  expect_near("page-fault", "faults_per_operation", 6, 1, 0.05);
  EXPECT_EQ(values("page-fault", "operations_per_second").size(), 6U);
  expect_near("ebizzy", "faults_per_record", 1, 1, 0.1);
  expect_near("ksm-migrate", "pages_shared", 2, 4, 0);
  expect_near("ksm-migrate", "pages_sharing", 2, 60, 0);
  expect_near("ksm-migrate", "stable_node_dups", 2, 4, 0);
  EXPECT_EQ(values("ksm-migrate", "move_seconds_median").size(), 2U);
  EXPECT_EQ(values("aim7", "max_jobs_per_minute").size(), 2U);
  expect_near("aim7", "crossover_users", 1, 1, 0);
  if (modules()) {
    // 71 has align_shift_alloc_test in it, which is meant to fail.
    for (const char* metric : {"total_seconds", "worker_cycles_max", "fix_size_usec",
                               "full_fit_usec", "long_busy_list_usec", "align_shift_usec"})
      EXPECT_EQ(values("vmalloc", metric).size(), 2U) << metric;
    EXPECT_THAT(values("vmalloc", "pcpu_usec"), IsEmpty());
  }
}

TEST_F(WorkloadsInAGuest, RefuseInWordsWhatTheGuestCannotDo) {
  run_steps(R"(
  - {use: page-fault, params: {tasks: 100}}
  - {use: ksm-migrate, params: {form: processes, pages: 100000}}
  - {use: ksm-migrate, params: {nodes: "0,7"}}
  - {use: aim7, params: {users: 1000000}}
  - {use: vmalloc, params: {threads: 64}}
)",
            1);
  const BootRecord boot = store().boot("r1-b1-plain-two");
  EXPECT_EQ(boot.outcome.kind, OutcomeKind::workload_failed);
  const auto refused = [&](const std::string& step, const std::string& reason) {
    EXPECT_THAT(boot.notes,
                Contains(AllOf(HasSubstr(step), HasSubstr("exit status 3"), HasSubstr(reason))));
  };
  refused("page-fault", "100 tasks of page_fault1 with 128 MiB each: about");
  refused("ksm-migrate form=processes", "100000 processes with a page each: about");
  refused("ksm-migrate nodes=0,7", "node 7 has no memory");
  refused("aim7", "1000000 users of mix mm need about");
  refused("vmalloc", "64 workers with tests of mask 7, ");
}

}  // namespace
}  // namespace faultline::testing
