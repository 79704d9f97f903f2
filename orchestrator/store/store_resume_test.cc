// SPDX-License-Identifier: GPL-2.0-or-later
// A run that goes on: what of it is finished, and what is still to do.

#include <gmock/gmock.h>

#include "base/error.h"
#include "base/files.h"
#include "store/store_builders.h"
#include "store/store_fixture.h"

namespace faultline {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using namespace std::string_literals;

TEST_F(StoreTest, ARunGoesOnWhereItsExperimentIsUnfinished) {
  std::int64_t first = 0;
  {
    Store store = writer();
    EXPECT_EQ(store.unfinished_run("hash-1"), std::nullopt);
    first = store.begin_run(a_run());
  }
  Store store = writer();
  EXPECT_EQ(store.unfinished_run("hash-1"), first);
  EXPECT_EQ(store.unfinished_run("hash-2"), std::nullopt);
  EXPECT_EQ(store.begin_run(a_run()), first);
  store.finish_run(first, 5);
  EXPECT_EQ(store.unfinished_run("hash-1"), std::nullopt);
  EXPECT_NE(store.begin_run(a_run()), first);
}

TEST_F(StoreTest, AResumedRunRemembersWhichHostBootedWhat) {
  Store store = writer();
  const std::int64_t run = store.begin_run(a_run());
  store.record_boot(run, a_boot("b0", 0));
  RunInfo elsewhere = a_run();
  elsewhere.host.cpu_model = "Another CPU";
  EXPECT_EQ(store.begin_run(elsewhere), run);
  store.record_boot(run, a_boot("b1", 1));
  EXPECT_EQ(shell().text("SELECT group_concat(cpu_model, '|') FROM (SELECT h.cpu_model FROM boot b"
                         " JOIN session s USING (session_key) JOIN host h USING (host_key)"
                         " ORDER BY b.boot_id)"),
            "A CPU|Another CPU");
  EXPECT_EQ(store.results(run).run.host.cpu_model, "A CPU");
}

TEST_F(StoreTest, TheLatestAttemptDecidesWhetherABootIsFinished) {
  Store store = writer();
  const std::int64_t run = store.begin_run(a_run());
  const auto record = [&](const char* id, std::uint32_t block, std::uint32_t attempt,
                          OutcomeKind kind) {
    BootRecord boot = a_boot(id, block, "chains", "two-node", attempt);
    boot.outcome.kind = kind;
    store.record_boot(run, boot);
  };
  record("a0", 0, 0, OutcomeKind::infra_failed);
  record("a1", 0, 1, OutcomeKind::completed);
  record("b0", 1, 0, OutcomeKind::completed);
  record("b1", 1, 1, OutcomeKind::infra_failed);
  record("c0", 2, 0, OutcomeKind::cancelled);
  record("d0", 3, 0, OutcomeKind::guest_crashed);
  const FinishedBoots wanted = {{0, "chains", "two-node"}, {3, "chains", "two-node"}};
  EXPECT_EQ(store.finished_boots(run), wanted);
  EXPECT_EQ(store.attempts(run, 0, "chains", "two-node"), 2U);
  EXPECT_EQ(store.attempts(run, 2, "chains", "two-node"), 1U);
  EXPECT_EQ(store.attempts(run, 9, "chains", "two-node"), 0U);
  EXPECT_EQ(store.attempts(run, 0, "shared", "two-node"), 0U);
}

TEST_F(StoreTest, AContaminatedBootIsFinishedOnceItsRepeatsAreUsedUp) {
  Store store = writer();
  const std::int64_t run = store.begin_run(a_run());
  BootRecord boot = a_boot("a0", 0);
  boot.outcome = {};
  boot.contamination = "host_load 71 % > 50 %";
  store.record_boot(run, boot);
  const FinishedBoots done = {{0, "chains", "two-node"}};
  EXPECT_EQ(store.finished_boots(run, 1), FinishedBoots{});
  EXPECT_EQ(store.finished_boots(run, 0), done);
  boot.boot_id = "a1";
  boot.attempt = 1;
  store.record_boot(run, boot);
  EXPECT_EQ(store.finished_boots(run, 1), done);
  EXPECT_EQ(store.finished_boots(run, 2), FinishedBoots{});
  boot.boot_id = "a2";
  boot.attempt = 2;
  boot.contamination.clear();
  store.record_boot(run, boot);
  EXPECT_EQ(store.finished_boots(run, 9), done);
}

TEST_F(StoreTest, ARunThatStoppedEarlySaysWhyAndWhatItHadPlannedOfIt) {
  Store store = writer();
  const std::int64_t run = store.begin_run(a_run());
  store.finish_run(run, 5, Store::EarlyEnd{"precision reached", 2, 8});
  const RunInfo info = store.runs().at(0);
  EXPECT_EQ(info.stopped, "precision reached");
  EXPECT_EQ(info.blocks, 2U);
  EXPECT_EQ(info.planned_boots, 8U);
}

}  // namespace
}  // namespace faultline
