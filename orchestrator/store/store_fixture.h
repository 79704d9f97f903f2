// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <gtest/gtest.h>

#include "base/files.h"
#include "store/sqlite.h"
#include "store/store.h"

// For tests only.

namespace faultline {

/// A database of its own for each test.
class StoreTest : public testing::Test {
 protected:
  Store writer() { return Store::open(file(), Store::Mode::read_write); }
  std::filesystem::path file() const { return folder_.path() / "results.db"; }
  /// A look past the Store, as a user with the sqlite3 shell has it.
  sqlite::Database shell() const {
    return sqlite::Database::open(file(), sqlite::Database::Access::read_only,
                                  std::chrono::milliseconds(0));
  }

 private:
  TemporaryDirectory folder_;
};

}  // namespace faultline
