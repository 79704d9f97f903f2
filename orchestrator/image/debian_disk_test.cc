// SPDX-License-Identifier: GPL-2.0-or-later
#include "image/debian_disk.h"

#include <archive.h>
#include <archive_entry.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>

#include "async/test_support.h"
#include "base/error.h"
#include "base/files.h"
#include "base/sha256.h"

namespace faultline {
namespace {
namespace asio = boost::asio;
namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* status =
    "Package: make\nStatus: install ok installed\nArchitecture: amd64\nVersion: 4.3-4.1\n"
    "Description: builds\n Package: not this one\n\n"
    "Package: gone\nStatus: deinstall ok config-files\nArchitecture: amd64\nVersion: 1\n\n"
    "Package: gcc\nStatus: install ok installed\nArchitecture: amd64\nVersion: 4:12.2.0-3\n";

void write_tar(const fs::path& file, const std::string& name, const std::string& content) {
  const std::unique_ptr<archive, int (*)(archive*)> writer(archive_write_new(), archive_write_free);
  archive_write_set_format_pax_restricted(writer.get());
  ASSERT_EQ(archive_write_open_filename(writer.get(), file.c_str()), ARCHIVE_OK);
  const std::unique_ptr<archive_entry, void (*)(archive_entry*)> entry(archive_entry_new(),
                                                                       archive_entry_free);
  archive_entry_set_pathname(entry.get(), name.c_str());
  archive_entry_set_filetype(entry.get(), AE_IFREG);
  archive_entry_set_perm(entry.get(), 0644);
  archive_entry_set_size(entry.get(), static_cast<la_int64_t>(content.size()));
  archive_write_header(writer.get(), entry.get());
  archive_write_data(writer.get(), content.data(), content.size());
  archive_write_close(writer.get());
}

/// Does what mmdebstrap and tar2sqfs do, without the packages.
class FakeTools final : public CommandRunner {
 public:
  asio::awaitable<CommandResult> run(Command command) override {
    calls.push_back(command.argv[0] == "sh" ? "tar2sqfs" : command.argv[0]);
    environments.push_back(command.environment);
    CommandResult result;
    if (calls.back() == fails) {
      result.exit_code = 100;
      result.standard_error = "E: Unable to locate package lunix-perf\n";
    } else if (calls.back() == "mmdebstrap") {
      write_tar(command.argv.back(), tar_entry, status);
    } else {
      std::ofstream(command.argv.back()) << "squashfs of " << read_file(command.argv[3]).size();
    }
    co_return result;
  }
  std::string fails;
  std::string tar_entry = "./var/lib/dpkg/status";
  std::vector<std::string> calls;
  std::vector<std::map<std::string, std::string>> environments;
};

class Disk : public ::testing::Test {
 protected:
  Disk() {
    recipe_.suite = "bookworm";
    recipe_.packages = {"gcc", "make"};
    // Whether the host has the tools is another test's question.
    for (const char* program : {"mmdebstrap", "tar2sqfs"}) {
      const fs::path file = folder_.path() / "bin" / program;
      fs::create_directories(file.parent_path());
      std::ofstream(file) << "#!/bin/false\n";
      fs::permissions(file, fs::perms(0755));
    }
    set_path((folder_.path() / "bin").string() + ":" + path_);
  }
  ~Disk() override { set_path(path_); }
  static void set_path(const std::string& path) { ::setenv("PATH", path.c_str(), 1); }

  DebianDisk make() {
    return faultline::testing::run_to_end(
        io_, debian_disk(tools_, recipe_, folder_.path() / "cache",
                         [this](const std::string& text) { said_.push_back(text); }));
  }
  std::string failure() {
    try {
      make();
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::host);
      return std::string(error.what()) + " | " + error.hint();
    }
    return "made";
  }

  const std::string path_ = ::getenv("PATH");
  TemporaryDirectory folder_;
  asio::io_context io_{1};
  FakeTools tools_;
  DebianRecipe recipe_;
  std::vector<std::string> said_;
};

TEST_F(Disk, IsMadeOnceAndNamedByItsBytes) {
  const DebianDisk disk = make();
  EXPECT_EQ(disk.hash, sha256_hex_of_file(disk.path));
  EXPECT_EQ(disk.path.parent_path().filename(), disk.hash);
  EXPECT_THAT(disk.packages, ElementsAre(ImagePackage{"gcc", "4:12.2.0-3", "amd64"},
                                         ImagePackage{"make", "4.3-4.1", "amd64"}));
  EXPECT_THAT(tools_.calls, ElementsAre("mmdebstrap", "tar2sqfs"));
  for (const auto& environment : tools_.environments)
    EXPECT_EQ(environment.at("SOURCE_DATE_EPOCH"), image_epoch);
  const DebianDisk again = make();
  EXPECT_EQ(again.hash, disk.hash);
  EXPECT_EQ(again.packages, disk.packages);
  EXPECT_EQ(tools_.calls.size(), 2U) << "made twice";
  EXPECT_TRUE(fs::is_empty(folder_.path() / "cache/images/.tmp"));
}

TEST_F(Disk, IsMadeAnewForAnotherRecipeOrWhenItWasRemoved) {
  const DebianDisk disk = make();
  recipe_.packages.emplace_back("perl");
  make();
  EXPECT_EQ(tools_.calls.size(), 4U);
  fs::remove_all(disk.path.parent_path());
  make();
  EXPECT_EQ(tools_.calls.size(), 6U);
  EXPECT_TRUE(fs::exists(disk.path)) << "equal bytes come to the same place";
}

TEST_F(Disk, IsNotThereAfterAFailureAndSaysWhatTheToolSaid) {
  tools_.fails = "mmdebstrap";
  EXPECT_THAT(failure(), ::testing::AllOf(HasSubstr("Unable to locate package lunix-perf"),
                                          HasSubstr("FAULTLINE_MIRROR"), HasSubstr(".log")));
  EXPECT_TRUE(fs::is_empty(folder_.path() / "cache/images/.tmp"));
  tools_.fails = "tar2sqfs";
  EXPECT_THAT(failure(), HasSubstr("tar2sqfs failed"));
  tools_.fails.clear();
  EXPECT_EQ(failure(), "made");
}

TEST_F(Disk, IsRefusedWhenItsPackagesCannotBeRead) {
  tools_.tar_entry = "./etc/passwd";
  EXPECT_THAT(failure(), HasSubstr("no readable var/lib/dpkg/status"));
}

TEST_F(Disk, NamesThePackagesThatTheHostLacks) {
  set_path((folder_.path() / "nowhere").string());
  EXPECT_THAT(failure(), HasSubstr("apt-get install mmdebstrap squashfs-tools-ng"));
  EXPECT_THAT(tools_.calls, IsEmpty());
}

}  // namespace
}  // namespace faultline
