// SPDX-License-Identifier: GPL-2.0-or-later
// Finding boots and runs again, and the views that people query.

#include <gmock/gmock.h>

#include <cstring>

#include "base/error.h"
#include "base/files.h"
#include "store/store_builders.h"
#include "store/store_fixture.h"

namespace faultline {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using namespace std::string_literals;

TEST_F(StoreTest, FindsABootByAUniqueBeginning) {
  Store store = writer();
  const std::int64_t run = store.begin_run(a_run());
  store.record_boot(run, a_boot("ab", 0));
  store.record_boot(run, a_boot("abc1", 1));
  store.record_boot(run, a_boot("abc2", 2));
  store.record_boot(run, a_boot("x%_", 3));
  EXPECT_EQ(store.boot("ab").boot_id, "ab") << "a whole id wins over longer ones";
  EXPECT_EQ(store.boot("abc2").boot_id, "abc2");
  EXPECT_EQ(store.boot("x").boot_id, "x%_");
  try {
    store.boot("abc");
    FAIL() << "ambiguous, but accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::user_input);
    EXPECT_THAT(error.cause(), HasSubstr("abc1, abc2"));
  }
  for (const char* id : {"nonesuch", "", "%", "_"}) {
    try {
      store.boot(id);
      FAIL() << "found '" << id << "'";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::user_input) << error.what();
    }
  }
}

TEST_F(StoreTest, AnUnknownRunIsTheUsersMistake) {
  Store store = writer();
  for (const std::int64_t id : {-1, 0, 1}) {
    try {
      store.results(id);
      FAIL() << "found run " << id;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::user_input);
    }
  }
}

TEST_F(StoreTest, ReadersSeeWhatIsCommittedWhileTheWriterWorks) {
  Store store = writer();
  const std::int64_t run = store.begin_run(a_run());
  Store reader = Store::open(file(), Store::Mode::read_only);
  EXPECT_EQ(reader.results(run).boots.size(), 0U);
  store.record_boot(run, a_boot("b"));
  EXPECT_EQ(reader.results(run).boots.size(), 1U);
  EXPECT_THROW(reader.record_boot(run, a_boot("c", 1)), Error);
}

// What outside tools rely on; docs/database.md promises it.
TEST_F(StoreTest, TheViewsHaveThePromisedColumns) {
  writer().begin_run(a_run());
  const auto columns = [&](const std::string& view) {
    return shell().text("SELECT group_concat(name, ', ') FROM pragma_table_info('" + view + "')");
  };
  EXPECT_EQ(columns("v_sample"),
            "experiment, run_id, arm, topology, workload, params, block, boot_id, attempt, step, "
            "iteration, metric, unit, direction, value, accel, outcome, perturbed");
  EXPECT_EQ(columns("v_boot"),
            "run_id, boot_id, block, position, arm, topology, accel, started_at, boot_seconds, "
            "wall_seconds, outcome, oops_title, contamination, perturbed_steps, layout");
  EXPECT_EQ(columns("v_counter"),
            "run_id, boot_id, arm, topology, block, workload, params, step, perturbed, source, "
            "name, before, after");
}

TEST_F(StoreTest, TheViewsSayWhatWasStored) {
  Store store = writer();
  store.record_boot(store.begin_run(a_run()), a_boot("b", 4));
  const sqlite::Database database = shell();
  sqlite::Statement sample = database.prepare("SELECT * FROM v_sample LIMIT 1");
  ASSERT_TRUE(sample.step());
  std::string row;
  for (int c = 0; c < 17; ++c) row += sample.text(c) + '|';
  EXPECT_EQ(row,
            "anon-vma-rmap|1|chains|two-node|rmap-walk|children=64 pages=64|4|b|0|0|0|walk_ns|ns|"
            "lower|12.5|tcg|guest_crashed|");
  sqlite::Statement boot = database.prepare("SELECT * FROM v_boot");
  ASSERT_TRUE(boot.step());
  row.clear();
  for (int c = 0; c < 12; ++c) row += boot.text(c) + '|';
  EXPECT_EQ(row,
            "1|b|4|1|chains|two-node|tcg|2023-11-14T22:13:20.123Z|1.25|7.5|guest_crashed|"
            "WARNING in foo (mm/rmap.c:1)|");
}

TEST_F(StoreTest, TheQueriesOfTheManualAnswer) {
  Store store = writer();
  const std::int64_t run = store.begin_run(a_run());
  store.record_kernel(a_kernel());
  store.record_image({.hash = "image-1",
                      .name = "debian",
                      .disk_hash = "d",
                      .packages = {{"make", "4.3-4.1", "amd64"}}});
  BootRecord first = a_boot("ID");
  for (const char* of : {"allocinfo mm/pgtable.c:1 func:pte_alloc.bytes",
                         "contention mutex in f.wait_ns", "perf a;b"})
    first.steps[0].counters.push_back({.source = std::string(of, std::strchr(of, ' ')),
                                       .name = std::strchr(of, ' ') + 1,
                                       .before = 0,
                                       .after = 8 << 20});
  store.record_boot(run, first);
  for (std::uint32_t block = 1; block < 4; ++block)
    for (const char* arm : {"chains", "shared"}) {
      BootRecord boot = a_boot(arm + std::to_string(block), block, arm);
      boot.outcome = {};
      boot.steps[0].samples[0].value = arm == "chains"s ? 2.0 * block : 1.0 * block;
      store.record_boot(run, boot);
    }
  const std::string manual =
      read_file(std::filesystem::path(FAULTLINE_SOURCE_DIR) / "docs/database.md");
  const std::string begin = "```sql\n";
  int queries = 0;
  for (std::size_t at = manual.find(begin); at != std::string::npos;
       at = manual.find(begin, at + 1), ++queries) {
    const std::size_t sql = at + begin.size();
    const std::string query = manual.substr(sql, manual.find("```", sql) - sql);
    EXPECT_TRUE(shell().prepare(query).step()) << "no answer from:\n" << query;
    if (query.find("AS ratio") != std::string::npos) {
      EXPECT_EQ(shell().text("SELECT group_concat(ratio) FROM (" +
                             query.substr(0, query.rfind(';')) + ") WHERE metric = 'vmas'"),
                "1.0,1.0,1.0");
    }
    if (query.find("AS median") != std::string::npos) {
      EXPECT_EQ(shell().text("SELECT group_concat(median || ' of ' || boots) FROM (" +
                             query.substr(0, query.rfind(';')) + ") WHERE metric = 'vmas'"),
                "65.0 of 3,65.0 of 3");
    }
  }
  EXPECT_GE(queries, 6);
}

TEST_F(StoreTest, MeanBootSecondsIsOfCompletedBootsOfThatKind) {
  Store store = writer();
  const RunInfo info = a_run();
  const std::int64_t run = store.begin_run(info);
  BootRecord boot = a_boot("a", 0);
  const auto mean = [&](const std::string& arm, const std::string& accel) {
    return store.mean_boot_seconds(info.experiment, arm, boot.topology, accel);
  };
  EXPECT_EQ(mean(boot.arm, boot.accel), 0);
  boot.outcome = {};
  boot.wall_seconds = 2;
  store.record_boot(run, boot);
  boot = a_boot("b", 1);
  boot.outcome = {};
  boot.wall_seconds = 4;
  store.record_boot(run, boot);
  store.record_boot(run, a_boot("crashed", 2));
  EXPECT_EQ(mean(boot.arm, boot.accel), 3);
  EXPECT_EQ(mean("another", boot.accel), 0);
  EXPECT_EQ(mean(boot.arm, "another"), 0);
  EXPECT_EQ(store.mean_boot_seconds("another", boot.arm, boot.topology, boot.accel), 0);
}

}  // namespace
}  // namespace faultline
