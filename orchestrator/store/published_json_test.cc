// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/published_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "store/store_builders.h"

namespace faultline {
namespace {

TEST(PublishedJson, GivesBackPairsAndCurves) {
  const PublishedRecord published = a_run().published;
  ASSERT_FALSE(published.pairs.empty());
  ASSERT_FALSE(published.curves.empty());
  EXPECT_EQ(published_from_json(published_to_json(published)), published);
  EXPECT_EQ(published_to_json({}), "");
  EXPECT_EQ(published_from_json(""), PublishedRecord{});
}

TEST(PublishedJson, ReadsRunsOfBeforeThereWereCurves) {
  const PublishedRecord read = published_from_json(
      R"({"name":"walks","source":"a thread","said":"It helps.","may_differ":[],"pairs":[)"
      R"({"what":"a walk","unit":"s","without":3,"with":1.5,"workload":"","metric":"","arm":"",)"
      R"("params":[]}]})");
  EXPECT_EQ(read.pairs.at(0).with, 1.5);
  EXPECT_THAT(read.curves, testing::IsEmpty());
}

TEST(PublishedJson, SaysWhatItCannotRead) {
  const std::string whole = published_to_json(a_run().published);
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
           {R"("points":[[64.0,0.1],[128.0,1228.8]])", R"("points":[[64],[128]])"},
           {R"("points":[[64.0,0.1],[128.0,1228.8]])", R"("points":[["64","a lot"]])"},
           {R"("points":[[64.0,0.1],[128.0,1228.8]])", R"("points":7)"},
           {R"("curves":[{)", R"("curves":[7,{)"},
           {R"("over":"children")", R"("over":[])"},
           {R"("over":"processes",)", ""}}) {
    std::string text = whole;
    const std::size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from << " in " << whole;
    EXPECT_THROW(published_from_json(text.replace(at, from.size(), to)), Error) << to;
  }
}

}  // namespace
}  // namespace faultline
