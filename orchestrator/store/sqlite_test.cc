// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/sqlite.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include "base/error.h"
#include "base/files.h"
#include "store/store.h"
#include "store/store_builders.h"

namespace faultline::sqlite {
namespace {

using testing::HasSubstr;

class SqliteTest : public testing::Test {
 protected:
  SqliteTest()
      : database_(Database::open(folder_.path() / "t.db", Database::Access::create,
                                 std::chrono::milliseconds(0))) {
    database_.execute("CREATE TABLE t (x INTEGER NOT NULL, y TEXT) STRICT");
  }
  TemporaryDirectory folder_;
  Database database_;
};

TEST_F(SqliteTest, ErrorsSayWhatWasDoneAndWhatSqliteSaid) {
  database_.doing("counting sheep");
  try {
    database_.execute("INSERT INTO t (x) VALUES ('wool')");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::store);
    EXPECT_THAT(error.doing(), HasSubstr("counting sheep"));
    EXPECT_THAT(error.doing(), HasSubstr("t.db"));
    EXPECT_THAT(error.cause(), HasSubstr("cannot store TEXT value in INTEGER column"));
  }
}

TEST_F(SqliteTest, ATransactionRollsBackUnlessCommitted) {
  {
    const Transaction transaction(database_);
    database_.execute("INSERT INTO t (x) VALUES (1)");
  }
  EXPECT_EQ(database_.integer("SELECT count(*) FROM t"), 0);
  {
    Transaction transaction(database_);
    database_.execute("INSERT INTO t (x) VALUES (1)");
    transaction.commit();
  }
  EXPECT_EQ(database_.integer("SELECT count(*) FROM t"), 1);
}

TEST_F(SqliteTest, AStatementCanBeUsedAgainAfterItFailed) {
  Statement insert = database_.prepare("INSERT INTO t (x, y) VALUES (?, ?)");
  EXPECT_THROW(insert.run(Null{}, "a"), Error);
  insert.run(std::int64_t{7}, "");
  EXPECT_EQ(database_.integer("SELECT count(*) FROM t WHERE x = 7 AND y = ''"), 1);
}

TEST_F(SqliteTest, AnImmutableFileMayHaveAnyName) {
  const auto odd = folder_.path() / "100%?#.db";
  Database::open(odd, Database::Access::create, std::chrono::milliseconds(0))
      .execute("CREATE TABLE odd (x) ");
  const Database read =
      Database::open(odd, Database::Access::immutable, std::chrono::milliseconds(0));
  EXPECT_EQ(read.integer("SELECT count(*) FROM odd"), 0);
  EXPECT_EQ(read.integer("SELECT count(*) FROM sqlite_schema"), 1);
}

/// Lets files of this process grow to so many bytes, as a full disk does.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() { ::setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

TEST(StoreDiskFull, ABootThatDoesNotFitLeavesTheRestWhole) {
  const TemporaryDirectory folder;
  const auto file = folder.path() / "r.db";
  Store store = Store::open(file, Store::Mode::read_write);
  const std::int64_t run = store.begin_run(a_run());
  store.record_boot(run, a_boot("small", 0));
  BootRecord big = a_boot("big", 1);
  big.console.assign(std::size_t{4} << 20, 'x');
  {
    const FileSizeLimit limit(std::size_t{1} << 20);
    try {
      store.record_boot(run, big);
      FAIL() << "stored 4 MiB in 1 MiB";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::store);
      EXPECT_THAT(error.hint(), HasSubstr("what was stored before is safe"));
    }
  }
  ASSERT_EQ(store.results(run).boots.size(), 1U);
  store.record_boot(run, big);  // There is room again.
  EXPECT_EQ(store.results(run).boots.size(), 2U);
  const Database look =
      Database::open(file, Database::Access::read_only, std::chrono::milliseconds(0));
  EXPECT_EQ(look.text("PRAGMA integrity_check"), "ok");
}

TEST(StoreDiskFull, SqliteSaysFullAndTheHintSaysWhatToDo) {
  const TemporaryDirectory folder;
  Database database = Database::open(folder.path() / "f.db", Database::Access::create,
                                     std::chrono::milliseconds(0));
  database.execute("CREATE TABLE t (x BLOB); PRAGMA max_page_count=4");
  try {
    database.execute("INSERT INTO t VALUES (zeroblob(100000))");
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.hint(), HasSubstr("the disk is full"));
  }
}

}  // namespace
}  // namespace faultline::sqlite
