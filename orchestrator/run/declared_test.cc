// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/declared.h"

#include <gtest/gtest.h>

namespace faultline {
namespace {

TEST(Declared, NamesTheSettingsOfEachArmThatHasSome) {
  Experiment experiment;
  experiment.arms.resize(2);
  experiment.arms[0].name = "plain";
  experiment.arms[1].name = "tuned";
  experiment.arms[1].settings = {{"/proc/sys/vm/swappiness", "1"}, {"/sys/kernel/mm/ksm/run", "0"}};
  const auto all = declared(experiment);
  EXPECT_EQ(all.count("settings plain"), 0U);
  EXPECT_EQ(all.at("settings tuned"), "/proc/sys/vm/swappiness = 1, /sys/kernel/mm/ksm/run = 0");
}

TEST(Declared, TellsMachinesApartByAllThatTheFileGives) {
  Topology plain;
  plain.nodes = {{2, Bytes{1} << 30, {}}};
  plain.distances = {{10}};
  const std::string text = topology_json(plain);
  EXPECT_EQ(text, R"({"distances":[[10]],"nodes":[{"cpus":2,"memory":1073741824}]})");
  for (const auto& change :
       {+[](Topology& t) { t.sockets = 2; }, +[](Topology& t) { t.cores = 2; },
        +[](Topology& t) { t.threads = 2; }, +[](Topology& t) { t.backing = MemoryBacking::memfd; },
        +[](Topology& t) { t.backing = MemoryBacking::hugepages; },
        +[](Topology& t) {
          t.pin_cpus = {0, 1};
        },
        +[](Topology& t) {
          t.cache = CacheShape{64, 8, 64};
        },
        +[](Topology& t) { t.nodes[0].host_node = 0; }}) {
    Topology other = plain;
    change(other);
    EXPECT_NE(topology_json(other), text);
  }
}

}  // namespace
}  // namespace faultline
