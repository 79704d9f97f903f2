// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/config_request.h"

#include <gtest/gtest.h>

namespace faultline {
namespace {

TEST(ConfigRequest, TakesTheLaterOfTwoLinesAndRemembersWhoAsked) {
  ConfigRequest request;
  EXPECT_TRUE(
      add_fragment(request, "CONFIG_KSM=y\n# CONFIG_SWAP is not set\n", "fragment a").empty());
  EXPECT_TRUE(add_fragment(request, "CONFIG_SWAP=y\r\nCONFIG_NAME=\"a b\"", "series s").empty());
  EXPECT_EQ(request.at("KSM"), (ConfigWish{"y", "fragment a"}));
  EXPECT_EQ(request.at("SWAP"), (ConfigWish{"y", "series s"}));
  EXPECT_EQ(request.at("NAME").value, "\"a b\"");
}

TEST(ConfigRequest, NamesTheLinesThatAreNoSetting) {
  ConfigRequest request;
  const auto mistakes = add_fragment(request,
                                     "# a comment\n\nKSM=y\nCONFIG_A B=y\nCONFIG_X=\n"
                                     "   CONFIG_GOOD=m\n",
                                     "f");
  ASSERT_EQ(mistakes.size(), 3U);
  EXPECT_EQ(mistakes[0], "line 3: KSM=y");
  EXPECT_EQ(mistakes[1], "line 4: CONFIG_A B=y");
  EXPECT_EQ(mistakes[2], "line 5: CONFIG_X=");
  EXPECT_EQ(request.at("GOOD").value, "m");
}

TEST(ConfigRequest, FindsWishesThatDidNotComeTrue) {
  ConfigRequest request;
  add_fragment(request, "CONFIG_A=y\nCONFIG_B=m\n# CONFIG_C is not set\nCONFIG_D=64\nCONFIG_E=n\n",
               "f");
  const ConfigValues values =
      parse_config("CONFIG_A=y\nCONFIG_B=y\nCONFIG_C=y\nCONFIG_D=64\n# CONFIG_E is not set\n");
  EXPECT_EQ(symbols_not_taken(request, values), (std::vector<std::string>{"B", "C"}));
  // A symbol that the kernel does not know is off: what was asked for.
  EXPECT_TRUE(
      symbols_not_taken(request, parse_config("CONFIG_A=y\nCONFIG_B=m\nCONFIG_D=64\n")).empty());
}

TEST(ConfigRequest, ReplacesWhatTheBaseSays) {
  ConfigRequest request;
  add_fragment(request, "CONFIG_A=m\n# CONFIG_B is not set\n", "f");
  EXPECT_EQ(merge_config("# head\nCONFIG_A=y\nCONFIG_AB=y\nCONFIG_B=y\n", request),
            "# head\nCONFIG_AB=y\nCONFIG_A=m\n# CONFIG_B is not set\n");
}

}  // namespace
}  // namespace faultline
