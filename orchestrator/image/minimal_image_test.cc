// SPDX-License-Identifier: GPL-2.0-or-later
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "base/error.h"
#include "base/files.h"
#include "image/initramfs.h"

namespace faultline {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

void write(const fs::path& file, const std::string& content, unsigned mode = 0644) {
  fs::create_directories(file.parent_path());
  std::ofstream(file) << content;
  fs::permissions(file, fs::perms(mode));
}

const ImageFile* find(const ImageRecipe& recipe, const std::string& path) {
  const auto found = std::find_if(recipe.files.begin(), recipe.files.end(),
                                  [&](const ImageFile& file) { return file.path == path; });
  return found == recipe.files.end() ? nullptr : &*found;
}

class MinimalImage : public testing::Test {
 protected:
  MinimalImage() {
    write(root_ / "busybox", "busybox", 0755);
    write(root_ / "guest/agent", "agent", 0755);
    write(root_ / "guest/workloads/walk/walk", "program", 0755);
    write(root_ / "guest/workloads/walk/data/table", "data");
    write(root_ / "guest/workloads/unused/unused", "program", 0755);
    write(root_ / "modules/kernel/lib/test_vmalloc.ko", "module");
    write(root_ / "modules/kernel/mm/zsmalloc.ko", "module");
    write(root_ / "modules/modules.dep",
          "kernel/mm/zsmalloc.ko:\nkernel/lib/test_vmalloc.ko: kernel/mm/zsmalloc.ko\n");
    write(root_ / "modules/modules.order", "kernel/lib/test_vmalloc.ko\n");
    write(root_ / "tree/vmlinux.ko", "not a module of this kernel");
    fs::create_directory_symlink(root_ / "tree", root_ / "modules/build");
  }

  ImageRecipe recipe() {
    return minimal_image(root_ / "busybox", {root_ / "guest", root_ / "modules", {"walk"}});
  }

  TemporaryDirectory folder_;
  fs::path root_ = folder_.path();
};

TEST_F(MinimalImage, RunsTheAgentAsInit) {
  const ImageRecipe image = recipe();
  ASSERT_NE(find(image, "init"), nullptr);
  EXPECT_EQ(find(image, "init")->source, root_ / "guest/agent");
  EXPECT_EQ(find(image, "init")->mode, 0755U);
  EXPECT_EQ(find(image, "bin/busybox")->source, root_ / "busybox");
  EXPECT_EQ(find(image, "bin/sh")->link_target, "busybox");
}

TEST_F(MinimalImage, HoldsTheWorkloadsThatAreUsedWithTheirModes) {
  const ImageRecipe image = recipe();
  EXPECT_EQ(find(image, "workloads/walk/walk")->mode, 0755U);
  EXPECT_EQ(find(image, "workloads/walk/data/table")->mode, 0644U);
  EXPECT_EQ(find(image, "workloads/unused/unused"), nullptr);
}

TEST_F(MinimalImage, HoldsTheModulesInOneFolderAndTheirOrder) {
  const ImageRecipe image = recipe();
  EXPECT_NE(find(image, "modules/test_vmalloc.ko"), nullptr);
  EXPECT_NE(find(image, "modules/zsmalloc.ko"), nullptr);
  EXPECT_EQ(find(image, "modules/vmlinux.ko"), nullptr) << "followed the link to the build tree";
  EXPECT_EQ(find(image, "modules/modules.dep")->content,
            "test_vmalloc.ko: zsmalloc.ko\nzsmalloc.ko:\n");
}

TEST_F(MinimalImage, NeedsNoModules) {
  const ImageRecipe image = minimal_image(root_ / "busybox", {root_ / "guest", {}, {}});
  EXPECT_EQ(find(image, "modules/modules.dep"), nullptr);
}

TEST_F(MinimalImage, CanBeBuilt) {
  EXPECT_TRUE(fs::exists(build_image(recipe(), root_ / "cache").path));
}

TEST_F(MinimalImage, NamesWhatIsMissingAndWhatToDo) {
  const auto message = [](auto&& make) -> std::string {
    try {
      make();
    } catch (const Error& error) {
      return std::string(error.what()) + " / " + error.hint();
    }
    return "no error";
  };
  EXPECT_THAT(message([&] {
                minimal_image(root_ / "none", {root_ / "guest", {}, {}});
              }),
              HasSubstr("busybox-static"));
  EXPECT_THAT(message([&] {
                minimal_image(root_ / "busybox", {root_ / "none", {}, {}});
              }),
              HasSubstr("faultline_agent"));
  EXPECT_THAT(message([&] {
                minimal_image(root_ / "busybox", {root_ / "guest", root_ / "none", {}});
              }),
              HasSubstr("none is missing"));
}

}  // namespace
}  // namespace faultline
