// SPDX-License-Identifier: GPL-2.0-or-later
// A run goes into a file, and is repeated from it elsewhere.

#include <filesystem>

#include "bundle/bundle.h"
#include "tests/end_to_end.h"

namespace faultline::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(EndToEnd, ABundleIsRepeatedElsewhere) {
  if (test_kernel().empty()) GTEST_SKIP() << "FAULTLINE_TEST_KERNEL names no guest kernel to boot";
  const std::string file =
      experiment(arm("plain", "faultline.test=0") + arm("other", "faultline.test=1"),
                 "  - {use: rmap-walk, params: {children: [2], pages: 4, scope: own}}\n",
                 "reference: published/anon-vma-aim7-2007\nruns: {blocks: 1, seed: 1}\n");
  const ProgramEnd first = bench_.run({"run", file});
  ASSERT_EQ(first.status, 0) << first.err;
  const std::string bundle = bench_.folder() / "run.tar.zst";
  const ProgramEnd made = bench_.run({"bundle", "--output", bundle});
  ASSERT_EQ(made.status, 0) << made.err;
  EXPECT_THAT(made.out, HasSubstr("run.tar.zst"));
  EXPECT_THAT(made.err, HasSubstr("is not in the bundle")) << "a kernel image is of this host";

  bench_.set("FAULTLINE_STATE", bench_.folder() / "elsewhere");
  bench_.set("FAULTLINE_DB", bench_.folder() / "elsewhere/results.sqlite");
  const ProgramEnd again = bench_.run({"run", bundle});
  ASSERT_EQ(again.status, 0) << again.err;
  EXPECT_THAT(again.out, AllOf(HasSubstr("Beside the bundle's run"),
                               HasSubstr("the inputs and the host are the same"),
                               HasSubstr("there "), Not(HasSubstr("here nothing"))));

  const std::string broken = bench_.write("broken.tar.zst", "\x28\xb5\x2f\xfdrubbish");
  const ProgramEnd refused = bench_.run({"run", broken});
  EXPECT_EQ(refused.status, 2);
  EXPECT_THAT(refused.err, HasSubstr("broken.tar.zst"));
}

TEST_F(EndToEnd, ABundleWithoutTheResultsThatItPromisesIsRefusedBeforeTheFirstBoot) {
  const std::string bundle = bench_.folder() / "run.tar.zst";
  BundleLock lock;
  lock.run_id = 1;
  lock.blocks = 1;
  write_bundle(bundle, lock,
               {{"experiment.yaml", "faultline: 1\n"}, {"results.sqlite", "not a database"}});
  const ProgramEnd refused = bench_.run({"run", bundle});
  EXPECT_EQ(refused.status, 2);
  EXPECT_THAT(refused.err, HasSubstr("reading the bundle's results"));
  EXPECT_TRUE(std::filesystem::is_empty(bench_.folder() / "state/bundles"));
}

}  // namespace
}  // namespace faultline::testing
