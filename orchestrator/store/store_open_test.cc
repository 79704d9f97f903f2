// SPDX-License-Identifier: GPL-2.0-or-later
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "base/error.h"
#include "base/files.h"
#include "store/connection.h"
#include "store/store_builders.h"

namespace faultline {
namespace {
namespace fs = std::filesystem;
using testing::HasSubstr;

/// Root may write to everything; some mistakes can only be made as somebody else.
class AsNobody {
 public:
  AsNobody() : was_root_(::geteuid() == 0) {
    if (was_root_ && ::seteuid(65534) != 0) throw std::runtime_error("seteuid");
  }
  ~AsNobody() {
    if (was_root_ && ::seteuid(0) != 0) std::abort();
  }

 private:
  bool was_root_;
};

class StoreOpen : public testing::Test {
 protected:
  // Everybody may look in, so that AsNobody fails for the reason under test.
  StoreOpen() { fs::permissions(folder_.path(), fs::perms(0755)); }
  ~StoreOpen() override { fs::permissions(folder_.path(), fs::perms(0755)); }
  fs::path file() const { return folder_.path() / "results.db"; }
  fs::path folder() const { return folder_.path(); }
  std::int64_t a_database() const {
    Store store = Store::open(file(), Store::Mode::read_write);
    const std::int64_t run = store.begin_run(a_run());
    store.record_boot(run, a_boot("b"));
    return run;
  }
  void shell(const std::string& sql) const {
    sqlite::Database::open(file(), sqlite::Database::Access::create, std::chrono::milliseconds(0))
        .execute(sql);
  }
  /// Opening must fail as a fault of the store, with a hint, and leave the file as it is.
  void expect_refused(Store::Mode mode, const std::string& part) const {
    const bool there = fs::is_regular_file(file());
    const std::string before = there ? read_file(file()) : "";
    try {
      Store::open(file(), mode);
      ADD_FAILURE() << "opened, wanted: " << part;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::store) << error.what();
      EXPECT_THAT(error.what(), HasSubstr(part));
      EXPECT_THAT(error.what(), HasSubstr(file().string()));
      EXPECT_FALSE(error.hint().empty()) << error.what();
    }
    EXPECT_EQ(there ? read_file(file()) : "", before) << "the file was changed";
  }

 private:
  TemporaryDirectory folder_;
};

TEST_F(StoreOpen, RefusesAFileThatIsNoDatabase) {
  write_file_atomically(file(), std::string(5000, 'x'));
  expect_refused(Store::Mode::read_write, "no SQLite database");
  expect_refused(Store::Mode::read_only, "no SQLite database");
  EXPECT_FALSE(fs::exists(folder() / "results.db-writer"));
}

TEST_F(StoreOpen, RefusesADatabaseOfAnotherProgram) {
  shell("CREATE TABLE precious (x)");
  expect_refused(Store::Mode::read_write, "another program");
  expect_refused(Store::Mode::read_only, "another program");
}

TEST_F(StoreOpen, RefusesADatabaseFromTheFuture) {
  a_database();
  shell("PRAGMA user_version=99");
  expect_refused(Store::Mode::read_write, "version 99");
  expect_refused(Store::Mode::read_only, "newer one");
}

TEST_F(StoreOpen, RefusesATruncatedDatabase) {
  a_database();
  fs::resize_file(file(), 5 * 4096);
  const std::string before = read_file(file());
  for (const Store::Mode mode : {Store::Mode::read_only, Store::Mode::read_write}) {
    try {
      Store store = Store::open(file(), mode);
      store.results(1);
      ADD_FAILURE() << "read a truncated database";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::store);
      EXPECT_THAT(error.what(), HasSubstr("malformed"));
      EXPECT_THAT(error.hint(), HasSubstr(".recover"));
    }
  }
  EXPECT_EQ(read_file(file()), before);
}

TEST_F(StoreOpen, SaysThatADamagedPageIsDamaged) {
  const std::int64_t run = a_database();
  const auto pages = fs::file_size(file()) / 4096;
  {
    // Everything but the first page, which holds the file's identity.
    std::fstream stream(file(), std::ios::in | std::ios::out | std::ios::binary);
    const std::string junk(4096, '\xa5');
    for (std::uintmax_t page = 1; page < pages; ++page) {
      stream.seekp(static_cast<std::streamoff>(page * 4096));
      stream.write(junk.data(), static_cast<std::streamsize>(junk.size()));
    }
  }
  try {
    Store::open(file(), Store::Mode::read_only).results(run);
    FAIL() << "read junk";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::store);
    EXPECT_THAT(error.hint(), HasSubstr(".recover"));
  }
}

TEST_F(StoreOpen, ReadingNeedsAFile) {
  expect_refused(Store::Mode::read_only, "no such file");
  EXPECT_FALSE(fs::exists(file()));
  shell("");
  write_file_atomically(file(), "");
  expect_refused(Store::Mode::read_only, "empty");
}

TEST_F(StoreOpen, RefusesAFolder) {
  fs::create_directory(file());
  expect_refused(Store::Mode::read_only, "folder");
  expect_refused(Store::Mode::read_write, "folder");
}

TEST_F(StoreOpen, AnEmptyFileBecomesADatabase) {
  write_file_atomically(file(), "");
  a_database();
}

TEST_F(StoreOpen, MakesTheFolder) {
  Store::open(folder() / "new" / "deep" / "r.db", Store::Mode::read_write);
  EXPECT_TRUE(fs::exists(folder() / "new" / "deep" / "r.db"));
}

TEST_F(StoreOpen, RefusesToWriteToAReadOnlyFile) {
  a_database();
  fs::permissions(file(), fs::perms(0444));
  const AsNobody nobody;
  expect_refused(Store::Mode::read_write, "read-only");
}

TEST_F(StoreOpen, RefusesToWriteInAReadOnlyFolder) {
  const AsNobody nobody;
  expect_refused(Store::Mode::read_write, "may write to the folder");
}

TEST_F(StoreOpen, ReadsInAReadOnlyFolder) {
  const std::int64_t run = a_database();
  fs::permissions(file(), fs::perms(0444));
  fs::permissions(folder(), fs::perms(0555));
  const AsNobody nobody;
  Store store = Store::open(file(), Store::Mode::read_only);
  EXPECT_EQ(store.results(run).boots.size(), 1U);
}

TEST_F(StoreOpen, RefusesAFileThatOneMayNotRead) {
  a_database();
  fs::permissions(file(), fs::perms(0600));
  const AsNobody nobody;
  try {
    Store::open(file(), Store::Mode::read_only);
    FAIL() << "opened";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::store);
    EXPECT_THAT(error.what(), HasSubstr("permission denied"));
  }
}

TEST_F(StoreOpen, OnlyOneMayWriteAndItLeavesTheLockBehind) {
  {
    Store first = Store::open(file(), Store::Mode::read_write);
    expect_refused(Store::Mode::read_write, "another faultline process");
    Store::open(file(), Store::Mode::read_only).runs();  // Readers are welcome.
  }
  Store::open(file(), Store::Mode::read_write);
}

TEST_F(StoreOpen, SaysThatAnotherProgramHoldsALock) {
  a_database();
  sqlite::Database other = sqlite::Database::open(file(), sqlite::Database::Access::read_write,
                                                  std::chrono::milliseconds(0));
  FileLock lock;
  sqlite::Database ours =
      open_database(file(), Store::Mode::read_write, lock, std::chrono::milliseconds(10));
  const sqlite::Transaction theirs(other);
  try {
    const sqlite::Transaction refused(ours);
    FAIL() << "two transactions at once";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::store);
    EXPECT_THAT(error.hint(), HasSubstr("another program holds a lock"));
  }
}

TEST_F(StoreOpen, CommitsAreDurableAndReadersNeverWait) {
  FileLock lock;
  const sqlite::Database database =
      open_database(file(), Store::Mode::read_write, lock, std::chrono::milliseconds(10));
  EXPECT_EQ(database.integer("PRAGMA synchronous"), 2) << "2 is FULL";
  EXPECT_EQ(database.text("PRAGMA journal_mode"), "wal");
  EXPECT_EQ(database.integer("PRAGMA foreign_keys"), 1);
  EXPECT_EQ(database.integer("SELECT count(*) FROM pragma_table_list"
                             " WHERE type = 'table' AND NOT strict AND name NOT LIKE 'sqlite_%'"),
            0)
      << "every table is STRICT";
}

TEST_F(StoreOpen, LeavesOneFileBehindThatCanBeCopied) {
  a_database();
  EXPECT_FALSE(fs::exists(folder() / "results.db-wal"));
  EXPECT_FALSE(fs::exists(folder() / "results.db-shm"));
}

}  // namespace
}  // namespace faultline
