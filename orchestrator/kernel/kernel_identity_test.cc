// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/kernel_identity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace faultline {
namespace {

using ::testing::ElementsAre;

KernelManifest a_manifest() {
  KernelManifest manifest;
  manifest.key = "k1";
  manifest.source = "debian:linux-source-6.12";
  manifest.source_id = "id";
  manifest.source_hash = "0123456789abcdef";
  manifest.series = {
      {"share", "h1", {{"1.patch", "p1"}, {"2.patch", "p2"}, {"3.patch", "p3"}}, ""}};
  manifest.request = {{"KSM", {"y", "fragment guest"}}, {"SWAP", {"y", "fragment guest"}}};
  manifest.compiler = "gcc 12";
  manifest.compiler_identity = "c1";
  manifest.release = "6.12.1";
  return manifest;
}

TEST(KernelDifferences, NameSeriesWithTheNumberOfEqualPatches) {
  KernelManifest wanted = a_manifest();
  wanted.series[0].hash = "h2";
  wanted.series[0].patches[1].second = "other";
  EXPECT_THAT(differences(wanted, a_manifest()),
              ElementsAre("series share changed (2 of 3 patches equal)"));
  std::swap(wanted.series[0].patches[0], wanted.series[0].patches[2]);
  wanted.series[0].patches[1].second = "p2";
  EXPECT_THAT(differences(wanted, a_manifest()),
              ElementsAre("series share: order of its patches changed"));
}

TEST(KernelDifferences, NameAddedRemovedAndReorderedSeries) {
  KernelManifest wanted = a_manifest(), known = a_manifest();
  wanted.series.push_back({"vmap", "h", {{"1.patch", "v"}}, ""});
  EXPECT_THAT(differences(wanted, known), ElementsAre("series vmap added"));
  EXPECT_THAT(differences(known, wanted), ElementsAre("series vmap removed"));
  known.series.insert(known.series.begin(), wanted.series[1]);
  EXPECT_THAT(differences(wanted, known),
              ElementsAre("order of the series changed: vmap, share → share, vmap"));
}

TEST(KernelDifferences, NameSymbolsSourceAndCompiler) {
  KernelManifest wanted = a_manifest();
  wanted.request["KSM"].value = "n";
  wanted.request.erase("SWAP");
  wanted.request["ZRAM"] = {"m", "series share"};
  wanted.source_hash = "fedcba9876543210";
  wanted.compiler = "gcc 13";
  wanted.compiler_identity = "c2";
  EXPECT_THAT(differences(wanted, a_manifest()),
              ElementsAre("source debian:linux-source-6.12 changed (0123456789ab → fedcba987654)",
                          "config fragment guest: CONFIG_KSM y → n",
                          "config series share: CONFIG_ZRAM=m added",
                          "config fragment guest: CONFIG_SWAP=y removed",
                          "compiler changed: gcc 12 → gcc 13"));
}

TEST(KernelDifferences, AreMadeAgainstTheNearestKernel) {
  KernelManifest far = a_manifest(), near = a_manifest(), wanted = a_manifest();
  far.source_hash = far.source = "other";
  near.key = "k2";
  near.request["KSM"].value = "n";
  EXPECT_EQ(nearest_manifest(wanted, {far, near})->key, "k2");
  EXPECT_EQ(nearest_manifest(wanted, {}), nullptr);
}

TEST(KernelManifestFile, ComesBackAsItWasWritten) {
  KernelManifest manifest = a_manifest();
  manifest.steps = 1234;
  manifest.build_seconds = 12.5;
  manifest.built_at = 1'800'000'000;
  EXPECT_EQ(manifest_from_json(to_json(manifest)), manifest);
  EXPECT_FALSE(manifest_from_json("{"));
  EXPECT_FALSE(manifest_from_json("{\"format\": 99}"));
  EXPECT_FALSE(manifest_from_json("{\"format\": 1}"));
}

}  // namespace
}  // namespace faultline
