// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/gc.h"

#include <gmock/gmock.h>

#include "kernel/testing/mini_build.h"

namespace faultline {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using ::testing::HasSubstr;
using Kind = CacheEntry::Kind;

class Gc : public testing::MiniBuild {
 protected:
  GcReport collect(GcPolicy policy, std::chrono::seconds from_now = 0s, bool dry_run = false) {
    return testing::run_to_end(collect_garbage(
        runner_, cache(), std::move(policy), std::chrono::system_clock::now() + from_now, dry_run));
  }
  static int count(const std::vector<CacheEntry>& entries, Kind kind) {
    int found = 0;
    for (const CacheEntry& entry : entries) found += entry.kind == kind ? 1 : 0;
    return found;
  }
};

TEST_F(Gc, ListsWhatIsThereWithSizes) {
  // A file system's clock lags by some milliseconds.
  const auto before = std::chrono::system_clock::now() - 1s;
  { must_build(recipe_); }
  const auto entries = testing::run_to_end(list_cache(runner_, cache()));
  EXPECT_EQ(count(entries, Kind::kernel), 1);
  EXPECT_EQ(count(entries, Kind::source), 1);
  EXPECT_EQ(count(entries, Kind::objects), 1);
  EXPECT_EQ(count(entries, Kind::log), 1);
  for (const CacheEntry& entry : entries) {
    EXPECT_GT(entry.bytes, 0U) << entry.path;
    EXPECT_FALSE(entry.in_use) << entry.path;
    EXPECT_GE(entry.last_used, before) << entry.path;
    if (entry.kind == Kind::source) {
      EXPECT_EQ(entry.what, "tar:mini.tar.xz");
    }
    if (entry.kind == Kind::kernel) {
      EXPECT_THAT(entry.what, HasSubstr("6.99.1-mini from tar:"));
    }
  }
}

TEST_F(Gc, RemovesWhatIsTooOldExceptWhatIsInUseOrToBeKept) {
  KernelRecipe two = recipe_, three = recipe_;
  two.series = {rmap_series("2")};
  three.series = {rmap_series("3")};
  const KernelArtifact in_use = must_build(two);
  const std::string kept = must_build(three).key;
  const std::string old = must_build(recipe_).key;
  EXPECT_TRUE(collect({.max_age = 3600s}).removed.empty());

  const GcReport report = collect({.max_age = 3600s, .keep = {kept}}, 7200s);
  EXPECT_EQ(count(report.removed, Kind::kernel), 1);
  EXPECT_TRUE(fs::exists(layout().kernel(kept)));
  EXPECT_TRUE(fs::exists(in_use.vmlinux));
  EXPECT_FALSE(fs::exists(layout().kernel(old)));
  EXPECT_TRUE(fs::is_empty(layout().sources()));
  for (const CacheEntry& entry : report.kept)
    if (entry.name == in_use.key && entry.kind == Kind::kernel) {
      EXPECT_TRUE(entry.in_use);
    }
  // What was removed is made again.
  EXPECT_EQ(must_build(recipe_).key, old);
}

TEST_F(Gc, RemovesImagesThatNobodyUses) {
  const auto image = [&](const std::string& hash, const std::string& file) {
    fs::create_directories(layout().images() / hash);
    write_file_atomically(layout().images() / hash / file, std::string(10000, 'x'));
  };
  image("aaaa", "initramfs.cpio");
  image("bbbb", "initramfs.cpio");
  image("cccc", "root.squashfs");
  fs::create_directory_symlink("cccc", layout().images() / "debian-1234");
  const FileLock guest = FileLock::try_lock_shared(layout().image_lock("bbbb"));
  const auto entries = testing::run_to_end(list_cache(runner_, cache()));
  EXPECT_EQ(count(entries, Kind::image), 3);
  EXPECT_EQ(count(entries, Kind::leftover), 0);
  EXPECT_TRUE(collect({.max_age = 3600s}).removed.empty()) << "too young";

  const GcReport report = collect({.max_age = 3600s}, 7200s);
  EXPECT_EQ(count(report.removed, Kind::image), 2);
  EXPECT_GE(report.bytes_removed, 20000U);
  EXPECT_FALSE(fs::exists(layout().images() / "aaaa"));
  EXPECT_TRUE(fs::exists(layout().images() / "bbbb" / "initramfs.cpio")) << "a guest runs on it";
  EXPECT_FALSE(fs::exists(layout().images() / "cccc"));
  collect({});
  EXPECT_FALSE(fs::exists(fs::symlink_status(layout().images() / "debian-1234")));
}

TEST_F(Gc, RemovesHalfAnImageOnlyWhenNobodyWritesOne) {
  const fs::path half = layout().images_aside() / "faultline.killed";
  fs::create_directories(half);
  {
    const FileLock writer = FileLock::try_lock_shared(layout().images_lock());
    collect({});
    EXPECT_TRUE(fs::exists(half));
  }
  collect({});
  EXPECT_FALSE(fs::exists(half));
}

TEST_F(Gc, RemovesTheLeastRecentlyUsedDownToASize) {
  const std::string first = must_build(recipe_).key;
  KernelRecipe two = recipe_;
  two.series = {rmap_series("2")};
  const std::string second = must_build(two).key;
  const auto long_ago = fs::file_time_type::clock::now() - 24h;
  fs::last_write_time(layout().kernel(second) / "manifest.json", long_ago);
  fs::last_write_time(layout().kernel(first) / "manifest.json", long_ago - 24h);
  must_build(two);  // uses it
  const GcReport all = collect({.max_bytes = UINT64_MAX});
  const GcReport report = collect({.max_bytes = all.bytes_kept - 1});
  ASSERT_EQ(report.removed.size(), 1U);
  EXPECT_EQ(report.removed[0].name, first);
  EXPECT_EQ(report.bytes_kept + report.bytes_removed, all.bytes_kept);
  collect({.max_bytes = 0});
  EXPECT_TRUE(fs::is_empty(layout().kernels()));
  EXPECT_TRUE(fs::is_empty(layout().sources()));
}

TEST_F(Gc, RemovesWhatKilledBuildsLeftButNotARunningBuild) {
  must_build(recipe_);
  fs::create_directories(layout().kernel_aside("dead"));
  fs::create_directories(layout().sources() / "dead.new");
  fs::create_directories(layout().work("dead"));
  fs::create_directories(layout().work("alive"));
  const FileLock lock = FileLock::try_lock(layout().source_lock("alive"));
  EXPECT_EQ(count(collect({}, 0s, true).removed, Kind::leftover), 3);
  EXPECT_TRUE(fs::exists(layout().work("dead"))) << "only a dry run";
  EXPECT_EQ(collect({}).removed.size(), 3U);
  EXPECT_FALSE(fs::exists(layout().work("dead")));
  EXPECT_FALSE(fs::exists(layout().kernel_aside("dead")));
  EXPECT_TRUE(fs::exists(layout().work("alive")));
}

TEST_F(Gc, FindsNothingInACacheThatIsNotThere) {
  EXPECT_TRUE(collect({.max_bytes = 0}).removed.empty());
}

}  // namespace
}  // namespace faultline
