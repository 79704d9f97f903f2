// SPDX-License-Identifier: GPL-2.0-or-later
#include "reports/statistics/topology_label.h"

#include <gtest/gtest.h>

namespace faultline {
namespace {

HostRecord host(unsigned cpus, unsigned nodes) {
  HostRecord record;
  record.cpus = cpus;
  record.numa_nodes = nodes;
  return record;
}

const char* const two_bound =
    R"({"nodes":[{"cpus":2,"memory":1,"host_node":0},{"cpus":2,"memory":1,"host_node":1}]})";
const char* const two_free = R"({"nodes":[{"cpus":2,"memory":1},{"cpus":2,"memory":1}]})";
const char* const two_on_one =
    R"({"nodes":[{"cpus":2,"memory":1,"host_node":1},{"cpus":2,"memory":1,"host_node":1}]})";
const char* const one_free = R"({"nodes":[{"cpus":2,"memory":1}]})";

TEST(TopologyLabel, IsBackedWhereEachNodeHasAHostNodeOfItsOwn) {
  EXPECT_EQ(label_topology(two_bound, host(8, 2), "kvm"), TopologyLabel::backed);
  EXPECT_EQ(label_topology(one_free, host(2, 1), "kvm"), TopologyLabel::backed);
}

TEST(TopologyLabel, IsPolicyOnlyWhereNodesShareOrFloat) {
  EXPECT_EQ(label_topology(two_free, host(8, 2), "kvm"), TopologyLabel::policy_only);
  EXPECT_EQ(label_topology(two_on_one, host(8, 2), "kvm"), TopologyLabel::policy_only);
  EXPECT_EQ(label_topology(two_bound, host(8, 1), "kvm"), TopologyLabel::policy_only);
  EXPECT_EQ(label_topology(one_free, host(8, 2), "kvm"), TopologyLabel::policy_only);
}

TEST(TopologyLabel, IsOversubscribedWithMoreCpusThanTheHost) {
  EXPECT_EQ(label_topology(two_bound, host(3, 2), "kvm"), TopologyLabel::oversubscribed);
  EXPECT_EQ(label_topology(two_free, host(0, 1), "kvm"), TopologyLabel::oversubscribed);
}

TEST(TopologyLabel, IsEmulatedOnEverythingButKvm) {
  for (const char* accel : {"tcg", "icount", "", "else"})
    EXPECT_EQ(label_topology(two_bound, host(8, 2), accel), TopologyLabel::emulated) << accel;
}

TEST(TopologyLabel, PromisesNothingOfWhatItCannotRead) {
  for (const char* json : {"", "{", "[]", "{}", R"({"nodes":7})", R"({"nodes":[]})",
                           R"({"nodes":[1]})", R"({"nodes":[{"cpus":"x"},{"host_node":1.5}]})"})
    EXPECT_NE(label_topology(json, host(8, 2), "kvm"), TopologyLabel::backed) << json;
}

TEST(TopologyLabel, KnowsTimesAndRatesByTheirUnit) {
  const auto is_time = [](const char* unit) {
    MetricInfo metric;
    metric.unit = unit;
    return measures_time(metric);
  };
  for (const char* unit :
       {"s", "ms", "us", "ns", "1/s", "1/min", "MiB/s", "ops/s", "ops/ms", "cycles"})
    EXPECT_TRUE(is_time(unit)) << unit;
  for (const char* unit : {"", "pages", "B", "KiB", "instructions", "%", "pages/step"})
    EXPECT_FALSE(is_time(unit)) << unit;
}

}  // namespace
}  // namespace faultline
