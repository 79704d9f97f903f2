// SPDX-License-Identifier: GPL-2.0-or-later
#include "virt/ram_blocks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace faultline {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(RamBlocks, AreReadFromQemusTable) {
  EXPECT_THAT(
      parse_ram_blocks(
          "              Block Name    PSize              Offset               Used              "
          "Total                HVA  RO\r\n"
          "               ram-node0    4 KiB  0x0000000000000000 0x0000000010000000 "
          "0x0000000010000000 0x00007f7a6be00000  rw\r\n"
          "      /objects/ram-node1    2 MiB  0x0000000020000000 0x0000000008000000 "
          "0x0000000008000000 0x00007f7a63e00000  rw\r\n"
          "0000:00:01.0/vga.vram    4 KiB  0x1 0x2 0x3 0x4 rw\n"),
      ElementsAre(RamBlock{"ram-node0", 0, 0x10000000},
                  RamBlock{"ram-node1", 0x20000000, 0x8000000}, RamBlock{"vga.vram", 1, 3}));
}

TEST(RamBlocks, LeaveOutWhatIsNoBlock) {
  EXPECT_THAT(parse_ram_blocks(""), IsEmpty());
  EXPECT_THAT(parse_ram_blocks("unknown command: 'info ramblock'\nx 0x1 0x2\nx 0x1 0x2 0xzz\n"),
              IsEmpty());
}

}  // namespace
}  // namespace faultline
