// SPDX-License-Identifier: GPL-2.0-or-later
// Makes the Debian image for real, which takes the network and some minutes: only with
// FAULTLINE_TEST_MAKE_IMAGES=1.
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <cstdlib>

#include "async/process_runner.h"
#include "base/files.h"
#include "image/debian_disk.h"

namespace faultline {
namespace {
namespace fs = std::filesystem;

TEST(DebianBuild, GivesEqualBytesForEqualPackages) {
  if (std::getenv("FAULTLINE_TEST_MAKE_IMAGES") == nullptr)
    GTEST_SKIP() << "FAULTLINE_TEST_MAKE_IMAGES is not set";
  if (!missing_debian_tools().empty()) GTEST_SKIP() << "mmdebstrap or tar2sqfs is not installed";
  const char* mirror = std::getenv("FAULTLINE_MIRROR");
  const DebianRecipe recipe =
      read_debian_recipe(fs::path(FAULTLINE_SOURCE_DIR) / "guest-images/debian/recipe",
                         mirror == nullptr ? "" : mirror);
  boost::asio::io_context io{1};
  ProcessRunner runner;
  const auto made_in = [&](const fs::path& cache) {
    auto made =
        boost::asio::co_spawn(io, debian_disk(runner, recipe, cache, {}), boost::asio::use_future);
    io.restart();
    io.run();
    return made.get();
  };
  const TemporaryDirectory first(fs::path(FAULTLINE_BINARY_DIR));
  const TemporaryDirectory second(fs::path(FAULTLINE_BINARY_DIR));
  // The user's own, if it is there: half the time.
  const char* given = std::getenv("FAULTLINE_TEST_CACHE");
  const DebianDisk one = made_in(given == nullptr ? first.path() : fs::path(given));
  const DebianDisk two = made_in(second.path());
  ASSERT_EQ(one.packages, two.packages) << "the mirror changed meanwhile: run it again";
  EXPECT_GT(one.packages.size(), 100U);
  EXPECT_EQ(one.hash, two.hash);
}

}  // namespace
}  // namespace faultline
