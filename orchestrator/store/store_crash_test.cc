// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/files.h"
#include "base/random.h"
#include "base/unique_fd.h"
#include "store/sqlite.h"
#include "store/store.h"
#include "store/store_builders.h"

namespace faultline {
namespace {

constexpr std::uint32_t samples_per_boot = 300;

BootRecord boot_of_block(std::uint32_t block) {
  BootRecord boot = a_boot("b" + std::to_string(block), block);
  boot.outcome = {};
  boot.console = std::string(20000, static_cast<char>('a' + block % 26)) + std::to_string(block);
  boot.steps[0].samples.clear();
  for (std::uint32_t i = 0; i < samples_per_boot; ++i)
    boot.steps[0].samples.push_back({"walk_ns", i, block + i * 0.5});
  return boot;
}

/// What the child process does until it is killed: stores boots from where the run stopped, and
/// says "stored" by a byte after each.
[[noreturn]] void store_for_ever(const std::filesystem::path& file, int said) {
  Store store = Store::open(file, Store::Mode::read_write);
  const std::int64_t run = store.begin_run(a_run());
  for (std::uint32_t block = static_cast<std::uint32_t>(store.finished_boots(run).size());;
       ++block) {
    store.record_boot(run, boot_of_block(block));
    if (::write(said, "s", 1) != 1) ::_exit(1);
  }
}

TEST(StoreCrash, KilledAtAnyMomentItHoldsWholeBootsAndAllThatWereSaidToBeStored) {
  const TemporaryDirectory folder;
  const auto file = folder.path() / "r.db";
  Random random(42);
  std::size_t stored = 0;
  for (int round = 0; round < 25; ++round) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    UniqueFd hears(ends[0]);
    UniqueFd says(ends[1]);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      hears.reset();
      store_for_ever(file, says.get());
    }
    says.reset();
    char byte = 0;
    for (std::uint64_t boots = 1 + random.below(4); boots > 0; --boots) {
      ASSERT_EQ(::read(hears.get(), &byte, 1), 1) << "the writer died by itself";
      ++stored;
    }
    // Somewhere within the next boots; also within the writing of the log into the file.
    ::usleep(static_cast<useconds_t>(random.below(8000)));
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    ASSERT_EQ(::waitpid(child, nullptr, 0), child);
    while (::read(hears.get(), &byte, 1) == 1) ++stored;

    Store store = Store::open(file, Store::Mode::read_write);
    const auto run = store.unfinished_run("hash-1");
    ASSERT_TRUE(run) << "the run is there to be resumed";
    const Results results = store.results(*run);
    // At most one more than was said: committed, and killed before it could say so.
    ASSERT_GE(results.boots.size(), stored) << "a boot that was said to be stored is lost";
    ASSERT_LE(results.boots.size(), stored + 1);
    stored = results.boots.size();
    ASSERT_EQ(results.samples.size(), stored * samples_per_boot) << "half a boot";
    for (std::uint32_t block = 0; block < stored; ++block)
      ASSERT_EQ(results.boots[block].block, block);
    const auto last = static_cast<std::uint32_t>(stored - 1);
    ASSERT_EQ(store.boot("b" + std::to_string(last)).console, boot_of_block(last).console);
    const sqlite::Database look = sqlite::Database::open(file, sqlite::Database::Access::read_only,
                                                         std::chrono::milliseconds(0));
    ASSERT_EQ(look.text("PRAGMA integrity_check"), "ok");
    ASSERT_EQ(look.text("PRAGMA foreign_key_check"), "");
  }
}

}  // namespace
}  // namespace faultline
