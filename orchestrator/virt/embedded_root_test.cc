// SPDX-License-Identifier: GPL-2.0-or-later
#include "virt/embedded_root.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <optional>

#include "base/error.h"

namespace faultline {
namespace {
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(StateSlot, GivesProcessesDifferentSlotsAndNames) {
  TemporaryDirectory state;
  const auto first = StateSlot::take(state.path());
  std::optional<StateSlot> second = StateSlot::take(state.path());
  EXPECT_NE(first.name_prefix(), second->name_prefix());
  EXPECT_TRUE(first.name_prefix().ends_with("-0-")) << first.name_prefix();
  EXPECT_TRUE(second->name_prefix().ends_with("-1-")) << second->name_prefix();
}

TEST(StateSlot, IsFreeAgainAfterItsProcess) {
  TemporaryDirectory state;
  std::string name;
  { name = StateSlot::take(state.path()).name_prefix(); }
  EXPECT_EQ(StateSlot::take(state.path()).name_prefix(), name);
}

TEST(StateSlot, NamesTheStateDirectoryWhateverItsSpelling) {
  TemporaryDirectory state;
  std::filesystem::create_directory(state.path() / "a");
  std::string plain, dotted;
  { plain = StateSlot::take(state.path()).name_prefix(); }
  { dotted = StateSlot::take(state.path() / "a" / "..").name_prefix(); }
  EXPECT_EQ(plain, dotted);
  TemporaryDirectory other;
  EXPECT_NE(StateSlot::take(other.path()).name_prefix(), plain);
}

TEST(StateSlot, KnowsWhichSlotsNobodyHas) {
  TemporaryDirectory state;
  const auto first = StateSlot::take(state.path());
  const auto second = StateSlot::take(state.path());
  std::string third;
  { third = StateSlot::take(state.path()).name_prefix(); }
  const auto free = first.ownerless_prefixes();
  EXPECT_THAT(free, Contains(first.name_prefix()));
  EXPECT_THAT(free, Not(Contains(second.name_prefix())));
  EXPECT_THAT(free, Contains(third));
}

TEST(EmbeddedRoot, IsShortPrivateAndTheSameEachTime) {
  TemporaryDirectory state;
  const auto slot = StateSlot::take(state.path());
  const auto root = prepare_embedded_root(slot);
  EXPECT_LE(root.string().size(), 50u) << root;
  struct stat status {};
  ASSERT_EQ(::lstat(root.c_str(), &status), 0);
  EXPECT_EQ(status.st_uid, ::geteuid());
  EXPECT_EQ(status.st_mode & 0777, 0700u);
  EXPECT_THAT(read_file(root / "etc/qemu.conf"), HasSubstr("stdio_handler = \"file\""));
  EXPECT_EQ(std::filesystem::canonical(root / "cache"),
            std::filesystem::canonical(slot.shared_folder() / "cache"));
  EXPECT_EQ(prepare_embedded_root(slot), root);
  std::filesystem::remove_all(root);
}

TEST(EmbeddedRoot, HasNoneOfTheFilesThatAKilledProcessLeft) {
  TemporaryDirectory state;
  const auto slot = StateSlot::take(state.path());
  const auto root = prepare_embedded_root(slot);
  write_file_atomically(root / "sockets/1.console", "");
  write_file_atomically(root / "log/qemu/guest.log", "");
  prepare_embedded_root(slot);
  EXPECT_TRUE(std::filesystem::is_empty(root / "sockets"));
  EXPECT_TRUE(std::filesystem::is_empty(root / "log/qemu"));
  std::filesystem::remove_all(root);
}

TEST(EmbeddedRoot, IsNotTakenFromSomebodyElse) {
  TemporaryDirectory state;
  const auto slot = StateSlot::take(state.path());
  const auto root = prepare_embedded_root(slot);
  std::filesystem::remove_all(root);
  std::filesystem::create_directory_symlink(state.path(), root);
  EXPECT_THROW(prepare_embedded_root(slot), Error);
  std::filesystem::remove(root);
}

TEST(QemuConf, SetsRootsOwnUserOnlyForRoot) {
  EXPECT_THAT(embedded_qemu_conf(true), HasSubstr("user = \"root\""));
  EXPECT_THAT(embedded_qemu_conf(false), Not(HasSubstr("user =")));
  EXPECT_THAT(embedded_qemu_conf(false), HasSubstr("stdio_handler = \"file\""));
}

}  // namespace
}  // namespace faultline
