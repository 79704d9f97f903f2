// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "reports/report.h"
#include "reports/testing/fake_results.h"

namespace faultline {
namespace {

using nlohmann::json;

TEST(RenderJson, HoldsEveryComparisonWithItsNames) {
  const Report report = make_report(fake::quickstart_results());
  const json parsed = json::parse(render_json(report));
  EXPECT_EQ(parsed["schema"], 2);
  EXPECT_EQ(parsed["headline"], report.headline);
  ASSERT_EQ(parsed["comparisons"].size(), 24u);
  EXPECT_EQ(parsed["cells"].size(), 48u);
  EXPECT_EQ(parsed["sweeps"].size(), 4u);
  const json& row = parsed["comparisons"][0];
  EXPECT_EQ(row["arm"], "shared");
  EXPECT_EQ(row["baseline"], "chains");
  EXPECT_EQ(row["topology"], "one-node");
  EXPECT_EQ(row["params"], "children=16 pages=64");
  EXPECT_EQ(row["effect"]["n"], 6);
  EXPECT_DOUBLE_EQ(row["effect"]["value"].get<double>(), report.comparisons[0].effect.value);
}

TEST(RenderJson, HasNullWhereThereIsNoNumber) {
  Results results = fake::quickstart_results({.blocks = 1});
  results.samples[0].value = results.samples[4].value = results.samples[8].value = -1;
  const json parsed = json::parse(render_json(make_report(std::move(results))));
  bool refused = false;
  for (const json& row : parsed["comparisons"]) {
    EXPECT_TRUE(row["effect"]["low"].is_null());
    if (row["verdict"] != "not comparable") continue;
    refused = true;
    EXPECT_TRUE(row["effect"]["value"].is_null());
  }
  EXPECT_TRUE(refused);
}

TEST(RenderJson, IsJsonWhateverTheNames) {
  const json parsed = json::parse(render_json(make_report(fake::hostile_results())));
  EXPECT_EQ(parsed["comparisons"].size(), 24u);
  EXPECT_EQ(json::parse(render_json(make_report({})))["comparisons"].size(), 0u);
}

}  // namespace
}  // namespace faultline
