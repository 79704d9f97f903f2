// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/sha256.h"

#include <gtest/gtest.h>

#include "base/files.h"

namespace faultline {
namespace {

TEST(Sha256, AgreesWithTheStandardsExample) {
  // FIPS 180-4 example: SHA-256("abc").
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Sha256, FramesEveryPieceByItsLength) {
  const std::string one = Sha256().add("ab").add("c").finish();
  const std::string two = Sha256().add("a").add("bc").finish();
  EXPECT_NE(one, two);
  EXPECT_EQ(one, Sha256().add("ab").add("c").finish());
}

TEST(Sha256, OfAFileIsThatOfItsBytes) {
  TemporaryDirectory folder;
  write_file_atomically(folder.path() / "f", "abc");
  EXPECT_EQ(sha256_hex_of_file(folder.path() / "f"), sha256_hex("abc"));
}

}  // namespace
}  // namespace faultline
