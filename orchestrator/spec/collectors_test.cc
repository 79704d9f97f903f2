// SPDX-License-Identifier: GPL-2.0-or-later
#include "spec/collectors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"

namespace faultline {
namespace {
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Experiment with(std::vector<std::string> collect) {
  Experiment experiment;
  experiment.collect = std::move(collect);
  return experiment;
}

TEST(Collectors, AreToldApartByWhetherTheyPerturb) {
  const Experiment experiment = with({"perf", "vmstat", "functions", "slabinfo"});
  EXPECT_THAT(chosen_collectors(experiment, true), ElementsAre("perf", "functions"));
  EXPECT_THAT(chosen_collectors(experiment, false), ElementsAre("vmstat", "slabinfo"));
}

TEST(Collectors, AndWorkloadsDecideTheImageOfAllBoots) {
  Catalogue catalogue;
  catalogue.workloads["walk"].image = "minimal";
  catalogue.workloads["stress"].image = "debian";
  Experiment experiment = with({"vmstat", "contention"});
  experiment.workloads.emplace_back().workload = "walk";
  EXPECT_EQ(image_of(experiment, catalogue), "minimal");
  experiment.collect.emplace_back("perf");
  EXPECT_EQ(image_of(experiment, catalogue), "debian");
  experiment.collect.clear();
  experiment.workloads.emplace_back().workload = "stress";
  EXPECT_EQ(image_of(experiment, catalogue), "debian");
}

TEST(Collectors, OfTheMinimalImageNeedNoFurtherSymbols) {
  EXPECT_THAT(symbols_of_image("minimal"), IsEmpty());
  EXPECT_THAT(symbols_of_image("debian"), testing::Contains("OVERLAY_FS"));
}

TEST(Collectors, AreAllInTheReference) {
  const std::string page =
      read_file(std::filesystem::path(FAULTLINE_SOURCE_DIR) / "docs/experiment.md");
  for (const CollectorDefinition& collector : collectors())
    EXPECT_THAT(page, HasSubstr("| `" + collector.name + "` |"));
}

TEST(Collectors, NeedSymbolsThatTheGuestKernelHas) {
  const std::string config =
      read_file(std::filesystem::path(FAULTLINE_SOURCE_DIR) / "kernel-patches/config/guest.config");
  for (const std::string& symbol : symbols_of_image("debian"))
    EXPECT_THAT(config, HasSubstr("CONFIG_" + symbol + "=y")) << symbol;
}

}  // namespace
}  // namespace faultline
