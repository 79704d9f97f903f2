// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/prepared_arms.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"

namespace faultline {
namespace {
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Symbols : public testing::Test {
 protected:
  Symbols() {
    catalogue_.workloads["walk"].needs = {"KSM"};
    experiment_.workloads.emplace_back().workload = "walk";
  }
  KernelArtifact kernel(const std::string& config) {
    write_file_atomically(folder_.path() / "config", config);
    KernelArtifact artifact;
    artifact.config = folder_.path() / "config";
    return artifact;
  }
  TemporaryDirectory folder_;
  Catalogue catalogue_;
  Experiment experiment_;
};

TEST_F(Symbols, ThatWorkloadsNeedAreMissedByName) {
  EXPECT_THAT(missing_symbols(kernel("CONFIG_KSM=y\n"), experiment_, catalogue_), IsEmpty());
  EXPECT_THAT(
      missing_symbols(kernel("# CONFIG_KSM is not set\nCONFIG_KSM_X=y\n"), experiment_, catalogue_),
      ElementsAre("workload walk needs CONFIG_KSM"));
}

TEST_F(Symbols, ThatTheDebianImageNeedsAreMissedByName) {
  const char* config =
      "CONFIG_KSM=y\nCONFIG_VIRTIO_BLK=y\nCONFIG_SQUASHFS=y\nCONFIG_SQUASHFS_LZ4=y\nCONFIG_TMPFS="
      "y\n";
  EXPECT_THAT(missing_symbols(kernel(config), experiment_, catalogue_), IsEmpty());
  experiment_.collect = {"perf"};
  EXPECT_THAT(missing_symbols(kernel(config), experiment_, catalogue_),
              ElementsAre("the image debian needs CONFIG_OVERLAY_FS"));
}

TEST_F(Symbols, ThatCollectorsNeedAreOnlyNamed) {
  experiment_.collect = {"vmstat", "pressure", "functions"};
  EXPECT_THAT(missing_symbols(kernel("CONFIG_KSM=y\n"), experiment_, catalogue_), IsEmpty());
  EXPECT_THAT(collectors_without_source(kernel("CONFIG_FUNCTION_PROFILER=y\n"), experiment_),
              ElementsAre(HasSubstr("collector pressure will find nothing")));
}

TEST_F(Symbols, OfAFinishedImageAreNotKnown) {
  experiment_.collect = {"pressure", "perf"};
  EXPECT_THAT(missing_symbols({}, experiment_, catalogue_), IsEmpty());
  EXPECT_THAT(collectors_without_source({}, experiment_), IsEmpty());
}

}  // namespace
}  // namespace faultline
