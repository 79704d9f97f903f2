// SPDX-License-Identifier: GPL-2.0-or-later
#include "bundle/bundle.h"

#include <archive.h>
#include <archive_entry.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "base/error.h"
#include "base/files.h"
#include "base/sha256.h"
#include "bundle/bundle_lock.h"

namespace faultline {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

BundleLock a_lock() {
  BundleLock lock;
  lock.faultline_version = "0.1.0";
  lock.experiment = "quickstart";
  lock.experiment_hash = "e1";
  lock.run_id = 7;
  lock.blocks = 6;
  lock.accel = "tcg";
  lock.host.cpu_model = "a CPU";
  lock.host.cpus = 2;
  lock.host.memory_kib = 1024;
  lock.host.kernel = "Linux 6.1";
  lock.host.qemu = "7.2.0";
  lock.host.libvirt = "9.0.0";
  KernelRecord kernel;
  kernel.key = "k1";
  kernel.release = "6.12.1";
  kernel.source = "debian:linux-source-6.12";
  kernel.source_hash = "0123456789abcdef";
  kernel.compiler = "gcc 12";
  kernel.series = {"one"};
  kernel.series_hashes = {"fedcba9876543210"};
  lock.kernels = {kernel};
  lock.image_hashes = {"i1"};
  return lock;
}

class BundleTest : public ::testing::Test {
 protected:
  fs::path file() const { return folder_.path() / "a.tar.zst"; }
  fs::path target() const { return folder_.path() / "unpacked"; }
  BundleLock unpack(BundleLimits limits = {}) const {
    return unpack_bundle(file(), target(), limits);
  }
  /// What unpacking says is wrong.
  std::string refusal(BundleLimits limits = {}) const {
    try {
      unpack(limits);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::user_input);
      return error.cause();
    }
    return "nothing";
  }
  TemporaryDirectory folder_;
};

TEST_F(BundleTest, ComesBackAsItWas) {
  write_bundle(file(), a_lock(),
               {{"workloads/w/workload.yaml", "workload: w\n"},
                {"experiment.yaml", "faultline: 1\n"},
                {"guest/workloads/w/w",
                 std::string("\x7f"
                             "ELF\0x",
                             6),
                 true}});
  EXPECT_TRUE(looks_like_bundle(file()));
  const BundleLock lock = unpack();
  EXPECT_THAT(differences(a_lock(), lock), IsEmpty());
  EXPECT_EQ(lock.run_id, 7);
  EXPECT_EQ(lock.files.size(), 3U);
  EXPECT_EQ(read_file(target() / "experiment.yaml"), "faultline: 1\n");
  EXPECT_EQ(read_file(target() / "guest/workloads/w/w").size(), 6U);
  EXPECT_NE(fs::status(target() / "guest/workloads/w/w").permissions() & fs::perms::owner_exec,
            fs::perms::none);
  EXPECT_EQ(fs::status(target() / "experiment.yaml").permissions() & fs::perms::owner_exec,
            fs::perms::none);
}

TEST_F(BundleTest, HasTheSameBytesForTheSameInput) {
  const std::vector<BundleFile> files{{"experiment.yaml", "1"}, {"report.html", "2"}};
  write_bundle(file(), a_lock(), files);
  const std::string first = read_file(file());
  write_bundle(file(), a_lock(), {files[1], files[0]});
  EXPECT_EQ(read_file(file()), first);
}

TEST_F(BundleTest, SaysWhatDiffers) {
  BundleLock here = a_lock();
  here.host.cpu_model = "another";
  here.host.qemu = "";
  here.kernels[0].key = "k2";
  here.kernels[0].compiler = "gcc 13";
  here.kernels[0].series_hashes = {"aaaaaaaaaaaaaaaa"};
  here.image_hashes.clear();
  EXPECT_THAT(
      differences(a_lock(), here),
      ElementsAre("CPU: there a CPU, here another", "QEMU: there 7.2.0, here none",
                  "series: there one fedcba987654, here one aaaaaaaaaaaa",
                  "compiler: there gcc 12, here gcc 13", "guest images: there i1, here none"));
}

/// An archive that no honest program makes.
class HostileBundle : public BundleTest {
 protected:
  struct Entry {
    std::string path;
    std::string content = {};
    unsigned type = AE_IFREG;
    std::string link = {};
    std::size_t zeros = 0;  ///< Instead of a content.
  };

  void write(const std::vector<Entry>& entries) const {
    archive* out = archive_write_new();
    archive_write_set_format_pax_restricted(out);
    archive_write_add_filter_zstd(out);
    ASSERT_EQ(archive_write_open_filename(out, file().c_str()), ARCHIVE_OK);
    for (const Entry& one : entries) {
      archive_entry* entry = archive_entry_new();
      archive_entry_set_pathname(entry, one.path.c_str());
      archive_entry_set_perm(entry, 0644);
      if (one.type == 0) {
        archive_entry_set_hardlink(entry, one.link.c_str());
      } else {
        archive_entry_set_filetype(entry, one.type);
        if (!one.link.empty()) archive_entry_set_symlink(entry, one.link.c_str());
      }
      archive_entry_set_size(entry, static_cast<la_int64_t>(one.content.size() + one.zeros));
      ASSERT_EQ(archive_write_header(out, entry), ARCHIVE_OK) << archive_error_string(out);
      if (!one.content.empty()) archive_write_data(out, one.content.data(), one.content.size());
      const std::string some(std::size_t{1} << 20, '\0');
      for (std::size_t at = 0; at < one.zeros; at += some.size())
        archive_write_data(out, some.data(), some.size());
      archive_entry_free(entry);
    }
    archive_write_close(out);
    archive_write_free(out);
  }

  /// bundle.json that lists these files with their right hashes.
  static Entry lock_of(const std::vector<Entry>& entries) {
    BundleLock lock = a_lock();
    for (const Entry& entry : entries) lock.files[entry.path] = sha256_hex(entry.content);
    return {"bundle.json", lock_to_json(lock)};
  }
  std::string refusal_of(const std::vector<Entry>& entries) {
    std::vector<Entry> all{lock_of(entries)};
    all.insert(all.end(), entries.begin(), entries.end());
    write(all);
    return refusal();
  }
};

TEST_F(HostileBundle, LeavesNothingOutsideItsFolder) {
  EXPECT_THAT(refusal_of({{"../outside", "x"}}), HasSubstr("not plain"));
  EXPECT_THAT(refusal_of({{"workloads/../../outside", "x"}}), HasSubstr("not plain"));
  EXPECT_THAT(refusal_of({{"/tmp/outside", "x"}}), HasSubstr("absolute"));
  EXPECT_THAT(refusal_of({{"workloads//outside", "x"}}), HasSubstr("not plain"));
  EXPECT_THAT(refusal_of({{"workloads/\x1b[2J", "x"}}), HasSubstr("control characters"));
  EXPECT_THAT(refusal_of({{"workloads/" + std::string(600, 'a'), "x"}}), HasSubstr("too long"));
  EXPECT_THAT(refusal_of({{".bashrc", "x"}}), HasSubstr("belongs to no bundle"));
  EXPECT_FALSE(fs::exists(folder_.path() / "outside"));
}

TEST_F(HostileBundle, HoldsNoLinksDevicesOrFolders) {
  EXPECT_THAT(refusal_of({{"workloads/link", "", AE_IFLNK, "/etc"}}), HasSubstr("no plain file"));
  EXPECT_THAT(refusal_of({{"workloads/link", "", 0, "experiment.yaml"}}),
              HasSubstr("no plain file"));
  EXPECT_THAT(refusal_of({{"workloads/pipe", "", AE_IFIFO, ""}}), HasSubstr("no plain file"));
  EXPECT_THAT(refusal_of({{"workloads", "", AE_IFDIR, ""}}), HasSubstr("not plain"));
}

TEST_F(HostileBundle, MayNotDifferFromItsLock) {
  const Entry good{"experiment.yaml", "faultline: 1\n"};
  write({lock_of({good}), {"experiment.yaml", "faultline: 2\n"}});
  EXPECT_THAT(refusal(), HasSubstr("is not what bundle.json says"));
  write({lock_of({}), good});
  EXPECT_THAT(refusal(), HasSubstr("does not list"));
  write({lock_of({good, {"report.html", "x"}}), good});
  EXPECT_THAT(refusal(), HasSubstr("lacks report.html"));
  write({lock_of({good}), good, good});
  EXPECT_THAT(refusal(), HasSubstr("twice"));
  write({good, lock_of({good})});
  EXPECT_THAT(refusal(), HasSubstr("first file"));
  write({good});
  EXPECT_THAT(refusal(), HasSubstr("first file"));
  write({});
  EXPECT_THAT(refusal(), HasSubstr("no bundle.json"));
}

TEST_F(HostileBundle, HasBounds) {
  const std::vector<Entry> entries{{"experiment.yaml", std::string(100'000, 'a')},
                                   {"report.html", "x"}};
  std::vector<Entry> all{lock_of(entries)};
  all.insert(all.end(), entries.begin(), entries.end());
  write(all);
  EXPECT_THAT(refusal({.bytes = 50'000, .files = 10}), HasSubstr("too large"));
  EXPECT_THAT(refusal({.bytes = 500'000, .files = 2}), HasSubstr("too many"));
  EXPECT_EQ(unpack({.bytes = 500'000, .files = 3}).files.size(), 2U);
}

TEST_F(HostileBundle, IsNotReadWhereItsLockListsNothing) {
  write({lock_of({}), {"report.html", std::string(100'000, 'a')}});
  EXPECT_THAT(refusal({.bytes = 50'000, .files = 10}), HasSubstr("does not list"));
}

TEST_F(HostileBundle, IsNotHeldInMemory) {
  const Entry zeros{.path = "report.html", .zeros = std::size_t{256} << 20};
  write({lock_of({zeros}), zeros});
  const auto peak = [] {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
  };
  const long before = peak();
  EXPECT_THAT(refusal(), HasSubstr("is not what bundle.json says"));
  EXPECT_LT(peak() - before, 64 << 10) << "KiB";
}

TEST_F(HostileBundle, HasNoNameThatIsBothFileAndFolder) {
  EXPECT_THAT(refusal_of({{"workloads/w", "x"}, {"workloads/w/w.c", "x"}}),
              HasSubstr("both a file and a folder"));
  EXPECT_THAT(refusal_of({{"kernel-patches/s/1.patch", "x"}, {"kernel-patches/s", "x"}}),
              HasSubstr("both a file and a folder"));
}

TEST_F(HostileBundle, BringsNoAgent) {
  EXPECT_THAT(refusal_of({{"guest/agent", "x"}}), HasSubstr("belongs to no bundle"));
  EXPECT_THAT(refusal_of({{"guest/agent/x", "x"}}), HasSubstr("belongs to no bundle"));
}

TEST_F(HostileBundle, HasALockThatMakesSense) {
  const std::string deep = std::string(1'000'000, '[') + std::string(1'000'000, ']');
  write({{"bundle.json", "{\"format\": " + deep + "}"}});
  EXPECT_THAT(refusal(), HasSubstr("nested"));
  for (const std::string blocks : {"-1", "0", "4294967297", "1e30", "2000000"}) {
    std::string lock = lock_to_json(a_lock());
    lock.replace(lock.find("\"blocks\": 6"), 11, "\"blocks\": " + blocks);
    write({{"bundle.json", lock}});
    EXPECT_THAT(refusal(), HasSubstr("blocks")) << blocks;
  }
}

TEST_F(HostileBundle, MayBeNoArchiveAtAll) {
  write_file_atomically(file(), "\x28\xb5\x2f\xfdrubbish");
  EXPECT_TRUE(looks_like_bundle(file()));
  EXPECT_NE(refusal(), "nothing");
  write_file_atomically(file(), "faultline: 1\n");
  EXPECT_FALSE(looks_like_bundle(file()));
  EXPECT_FALSE(looks_like_bundle(folder_.path() / "missing"));
  write({{"bundle.json", "{}"}});
  EXPECT_NE(refusal(), "nothing");
  write({{"bundle.json", "[[["}});
  EXPECT_THAT(refusal(), HasSubstr("no JSON object"));
  write({{"bundle.json", R"({"format": 99})"}});
  EXPECT_THAT(refusal(), HasSubstr("format 99"));
}

}  // namespace
}  // namespace faultline
