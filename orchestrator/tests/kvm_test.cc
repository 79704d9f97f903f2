// SPDX-License-Identifier: GPL-2.0-or-later
// The program on hardware virtualization. Where KVM does not run guests, the program has to say so
// by itself: these tests first ask it, check that the answer is the right kind of refusal, and skip
// with its reason.

#include "tests/end_to_end.h"

namespace faultline::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

class OnKvm : public EndToEnd {
 protected:
  void SetUp() override {
    if (test_kernel().empty())
      GTEST_SKIP() << "FAULTLINE_TEST_KERNEL names no guest kernel to boot";
  }

  static constexpr const char* short_walk =
      "  - {use: rmap-walk, params: {children: [2], pages: 4, scope: own}}\n";
};

TEST_F(OnKvm, AnExperimentRunsOnTwoNodesOrIsRefusedWithTheReason) {
  const std::string two_nodes =
      "  - name: two\n    nodes: [{cpus: 1, memory: 256M}, {cpus: 1, memory: 256M}]\n"
      "    distances: [[10, 21], [21, 10]]\n";
  const std::string file = experiment(arm("plain", "faultline.test=0"), short_walk,
                                      "runs: {blocks: 1, seed: 1}\n", two_nodes, "256M", "kvm");
  const ProgramEnd run = bench_.run({"run", file});
  if (run.status == 3) {
    EXPECT_THAT(run.err, AllOf(HasSubstr("the experiment asks for KVM, but "),
                               HasSubstr("faultline doctor"), HasSubstr("accel: auto")));
    EXPECT_EQ(bench_.run({"list", "--json"}).out, "[]\n");
    const auto why = run.err.find("but ");
    GTEST_SKIP() << run.err.substr(why == std::string::npos ? 0 : why);
  }
  ASSERT_EQ(run.status, 0) << run.err;
  EXPECT_THAT(outcomes(),
              UnorderedElementsAre("r1-b1-plain-one completed", "r1-b1-plain-two completed"));
  EXPECT_EQ(results().run.accel, "kvm");
}

}  // namespace
}  // namespace faultline::testing
