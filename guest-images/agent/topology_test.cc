// SPDX-License-Identifier: GPL-2.0-or-later
#include "topology.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/files.h"

namespace faultline::agent {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::IsEmpty;

void write(const fs::path& file, const std::string& content) {
  fs::create_directories(file.parent_path());
  std::ofstream(file) << content;
}

// A sysfs of two nodes, the second without CPUs, and a twelfth folder that is no node.
class Topology : public testing::Test {
 protected:
  Topology() {
    const fs::path nodes = root_ / "sys/devices/system/node";
    write(nodes / "node0/cpulist", "0-1\n");
    write(nodes / "node0/distance", "10 21\n");
    write(nodes / "node1/cpulist", "\n");
    write(nodes / "node1/distance", "21 10\n");
    write(nodes / "nodes_of_another_kind/cpulist", "7\n");
    write(root_ / "sys/devices/system/cpu/online", "0-3\n");
    write(root_ / "proc/zoneinfo",
          "Node 0, zone      DMA\n  per-node stats\n      nr_inactive_anon 7\n  pages free     3\n"
          "        spanned  4095\n        present  3998\n        managed  3840\n"
          "Node 0, zone    DMA32\n        spanned  258144\n        present  258002\n"
          "Node 1, zone    DMA32\n        present  131000\n"
          "Node 1, zone   Normal\n        present  0\n");
    sheet_.nodes = {{{0, 1}, 1048576}, {{}, 524288}};
    sheet_.distances = {{10, 21}, {21, 10}};
  }

  guest::TopologyResult compared() {
    auto found = read_topology((root_ / "sys").string(), (root_ / "proc").string());
    compare_topology(sheet_, found);
    return found;
  }

  TemporaryDirectory folder_;
  fs::path root_ = folder_.path();
  guest::RunSheet sheet_;
};

TEST_F(Topology, ThatIsAsAskedIsGood) {
  const auto result = compared();
  EXPECT_TRUE(result.ok);
  EXPECT_THAT(result.differences, IsEmpty());
  EXPECT_THAT(result.nodes,
              ElementsAre(guest::SheetNode{{0, 1}, 1048000}, guest::SheetNode{{}, 524000}));
  EXPECT_EQ(result.distances, sheet_.distances);
}

TEST_F(Topology, ThatWasNotAskedForIsOnlyReported) {
  sheet_.nodes.clear();
  sheet_.distances.clear();
  const auto result = compared();
  EXPECT_TRUE(result.ok);
  EXPECT_EQ(result.nodes.size(), 2U);
}

TEST_F(Topology, SaysEveryDifference) {
  sheet_.nodes = {{{1, 0}, 1048576}, {{2, 3}, 2097152}, {{}, 1}};
  sheet_.distances = {{10, 21}, {30, 10}};
  EXPECT_THAT(compared().differences,
              ElementsAre("the guest has 2 nodes, asked 3", "node 1 has no CPUs, asked CPUs 2-3",
                          "node 1 has 524000 KiB of memory, asked 2097152",
                          "node 1 has distances 21 10, asked 30 10"));
}

TEST_F(Topology, OfAKernelWithoutNumaIsOneNode) {
  fs::remove_all(root_ / "sys/devices/system/node");
  write(root_ / "proc/zoneinfo", "Node 0, zone Normal\n        present  524000\n");
  sheet_.nodes = {{{0, 1, 2, 3}, 2097152}};
  sheet_.distances = {{10}};
  const auto result = compared();
  EXPECT_TRUE(result.ok) << testing::PrintToString(result.differences);
}

TEST(PlausibleMemory, IsAllButWhatFirmwareTakes) {
  constexpr std::uint64_t gib = 1048576;
  EXPECT_TRUE(plausible_memory(gib, gib));
  EXPECT_TRUE(plausible_memory(gib, gib - 520));
  EXPECT_FALSE(plausible_memory(gib, gib + 1));
  EXPECT_FALSE(plausible_memory(gib, gib - 16 * 1024));
  EXPECT_FALSE(plausible_memory(gib, 0));
}

TEST(CpuList, IsReadAndWritten) {
  EXPECT_THAT(parse_cpu_list("0-2,5,8-9\n"), ElementsAre(0, 1, 2, 5, 8, 9));
  EXPECT_THAT(parse_cpu_list("\n"), IsEmpty());
  EXPECT_EQ(format_cpu_list({0, 1, 2, 5, 8, 9}), "0-2,5,8-9");
  EXPECT_EQ(format_cpu_list({}), "");
}

TEST(CpuList, IsBoundedAndSurvivesRubbish) {
  EXPECT_EQ(parse_cpu_list("0-4294967295").size(), 8192U);
  EXPECT_THAT(parse_cpu_list("x,-,3-,-4,7"), ElementsAre(7));
}

}  // namespace
}  // namespace faultline::agent
