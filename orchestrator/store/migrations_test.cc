// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/migrations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "store/store.h"

namespace faultline {
namespace {
namespace fs = std::filesystem;
using testing::HasSubstr;

sqlite::Database open(const fs::path& file) {
  return sqlite::Database::open(file, sqlite::Database::Access::create,
                                std::chrono::milliseconds(0));
}

constexpr Migration first{"CREATE TABLE a (x INTEGER) STRICT; INSERT INTO a VALUES (41)"};
constexpr Migration second{"ALTER TABLE a ADD COLUMN y INTEGER; UPDATE a SET y = x + 1"};
constexpr Migration broken{"INSERT INTO a (x) VALUES (1); this is no SQL"};

TEST(Migrations, RunInOrderFromWhereTheDatabaseIs) {
  const TemporaryDirectory folder;
  sqlite::Database database = open(folder.path() / "m.db");
  migrate(database, std::array{first});
  EXPECT_EQ(schema_version(database), 1);
  migrate(database, std::array{first, second});
  EXPECT_EQ(schema_version(database), 2);
  EXPECT_EQ(database.integer("SELECT y FROM a"), 42);
  migrate(database, std::array{first, second});
  EXPECT_EQ(database.integer("SELECT count(*) FROM a"), 1) << "nothing ran twice";
}

TEST(Migrations, AFailureLeavesTheDatabaseAsItWas) {
  const TemporaryDirectory folder;
  sqlite::Database database = open(folder.path() / "m.db");
  migrate(database, std::array{first});
  try {
    migrate(database, std::array{first, second, broken});
    FAIL() << "migrated with broken SQL";
  } catch (const Error& error) {
    EXPECT_THAT(error.doing(), HasSubstr("from version 2 to 3"));
  }
  EXPECT_EQ(schema_version(database), 1);
  EXPECT_EQ(database.integer("SELECT count(*) FROM pragma_table_info('a')"), 1);
}

TEST(Migrations, RefuseToLeaveDanglingReferences) {
  const TemporaryDirectory folder;
  sqlite::Database database = open(folder.path() / "m.db");
  constexpr Migration parents{
      "CREATE TABLE p (k INTEGER PRIMARY KEY) STRICT; INSERT INTO p VALUES (1);"
      "CREATE TABLE c (k INTEGER REFERENCES p) STRICT; INSERT INTO c VALUES (1)"};
  constexpr Migration orphan{"DELETE FROM p"};
  migrate(database, std::array{parents});
  EXPECT_THROW(migrate(database, std::array{parents, orphan}), Error);
  EXPECT_EQ(database.integer("SELECT count(*) FROM p"), 1);
}

/// testdata/v1.sql, v2.sql, … are dumps of databases as each version wrote them. They never change:
/// a migration that cannot read one of them would lose a user's results.
class OldVersion : public testing::TestWithParam<int> {};

TEST_P(OldVersion, IsBroughtForwardWithAllThatItHolds) {
  const TemporaryDirectory folder;
  const fs::path file = folder.path() / "old.db";
  {
    sqlite::Database old = open(file);
    // The dump lists tables in the order of their names, not of their references.
    old.execute("PRAGMA foreign_keys=OFF");
    old.execute(read_file(fs::path(FAULTLINE_SOURCE_DIR) / "orchestrator/store/testdata" /
                          ("v" + std::to_string(GetParam()) + ".sql")));
    ASSERT_EQ(schema_version(old), GetParam());
  }
  Store store = Store::open(file, Store::Mode::read_only);
  ASSERT_EQ(store.runs().size(), 1U);
  const Results results = store.results(1);
  EXPECT_EQ(results.run.experiment, "anon-vma-rmap");
  EXPECT_EQ(results.run.seed, 18446744073709551612U);
  ASSERT_EQ(results.boots.size(), 2U);
  EXPECT_EQ(results.boots[0].boot_id, "boot-a");
  EXPECT_EQ(results.boots[1].outcome.kind, OutcomeKind::completed);
  ASSERT_EQ(results.samples.size(), 6U);
  EXPECT_EQ(results.samples[0].value, 12.5);
  ASSERT_EQ(results.kernels.size(), 1U);
  EXPECT_EQ(results.kernels[0].config_text, "CONFIG_NUMA=y\n");
  EXPECT_EQ(results.kernels[0].layout, GetParam() < 5 ? 0U : 2'743'185'906U);
  const BootRecord boot = store.boot("boot-a");
  EXPECT_EQ(boot.console, "[    0.000000] Linux version 6.12.1\n");
  ASSERT_EQ(boot.steps.size(), 1U);
  EXPECT_EQ(boot.steps[0].counters[0].after, 25);
  EXPECT_EQ(boot.steps[0].iterations[0].end.code, 11);
  const StepProfile& profile = boot.steps[0].profile;
  ASSERT_EQ(profile.functions.size(), GetParam() < 4 ? 0U : 2U);
  if (GetParam() >= 4) {
    EXPECT_EQ(profile.functions[0].function, "do_syscall_64");
    EXPECT_EQ(profile.functions[0].entries, 3U);
    EXPECT_EQ(profile.functions[0].instructions[1], (CpuInstructions{1, 5}));
    EXPECT_EQ(profile.functions[0].traffic[1], (NodeTraffic{0, 1, 10, 4, 2, 1}));
    EXPECT_EQ(profile.folded, "entry_SYSCALL_64;do_syscall_64 70\n");
  }
  EXPECT_EQ(open(file).text("PRAGMA integrity_check"), "ok");
}

INSTANTIATE_TEST_SUITE_P(Every, OldVersion,
                         testing::Range(1, static_cast<int>(schema_migrations().size()) + 1));

}  // namespace
}  // namespace faultline
