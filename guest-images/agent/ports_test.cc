// SPDX-License-Identifier: GPL-2.0-or-later
#include "ports.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/files.h"

namespace faultline::agent {
namespace {

namespace fs = std::filesystem;

TEST(Ports, AreFoundByTheirNames) {
  const TemporaryDirectory folder;
  const auto add = [&](const std::string& port, const std::string& name) {
    const fs::path path = folder.path() / "class/virtio-ports" / port;
    fs::create_directories(path);
    if (!name.empty()) std::ofstream(path / "name") << name << '\n';
  };
  add("vport1p0", "");  // one whose name has not arrived yet
  add("vport1p1", "faultline.events");
  add("vport1p2", "faultline.artifacts");
  const std::string sysfs = folder.path().string();
  EXPECT_EQ(find_port("faultline.events", sysfs), "/dev/vport1p1");
  EXPECT_EQ(find_port("faultline.artifacts", sysfs), "/dev/vport1p2");
  EXPECT_EQ(find_port("faultline", sysfs), "");
  EXPECT_EQ(find_port("faultline.events", sysfs + "/nowhere"), "");
}

}  // namespace
}  // namespace faultline::agent
