// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/kernel_image.h"

#include <elf.h>
#include <gtest/gtest.h>

#include <cstring>
#include <fstream>

#include "base/error.h"
#include "base/files.h"
#include "kernel/testing/mini_kernel.h"

namespace faultline {
namespace {

using testing::mini_bzimage;

std::string elf_image(std::string_view note_name, std::uint32_t note_type, std::uint16_t machine) {
  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_machine = machine;
  header.e_phoff = sizeof header;
  header.e_phnum = 1;
  Elf64_Nhdr note{4, 8, note_type};
  Elf64_Phdr segment{};
  segment.p_type = PT_NOTE;
  segment.p_offset = sizeof header + sizeof segment;
  segment.p_filesz = sizeof note + 12;
  segment.p_align = 4;
  std::string image(reinterpret_cast<const char*>(&header), sizeof header);
  image.append(reinterpret_cast<const char*>(&segment), sizeof segment);
  image.append(reinterpret_cast<const char*>(&note), sizeof note);
  image.append(note_name).append(12 - note_name.size(), '\0');
  return image + "Linux version %s (%s)\n" + "Linux version 6.12.1-x (a@b) #1\n";
}

class KernelImageFile : public ::testing::Test {
 protected:
  KernelImage inspect(const std::string& content) {
    std::ofstream(folder_.path() / "image", std::ios::binary) << content;
    return inspect_kernel_image(folder_.path() / "image");
  }
  TemporaryDirectory folder_;
};

TEST_F(KernelImageFile, ReadsTheReleaseFromTheHeaderOfABzImage) {
  const KernelImage image = inspect(mini_bzimage("6.12.117-faultline"));
  EXPECT_EQ(image.format, KernelImage::Format::bzimage) << image.problem;
  EXPECT_EQ(image.release, "6.12.117-faultline");
}

TEST_F(KernelImageFile, WantsAPvhEntryInAnElfImage) {
  const KernelImage image = inspect(elf_image(std::string_view("Xen\0", 4), 18, EM_X86_64));
  EXPECT_EQ(image.format, KernelImage::Format::elf) << image.problem;
  EXPECT_EQ(image.release, "6.12.1-x");
  EXPECT_NE(inspect(elf_image(std::string_view("GNU\0", 4), 18, EM_X86_64)).problem.find("PVH"),
            std::string::npos);
  EXPECT_NE(inspect(elf_image(std::string_view("Xen\0", 4), 17, EM_X86_64)).problem.find("PVH"),
            std::string::npos);
  EXPECT_EQ(inspect(elf_image(std::string_view("Xen\0", 4), 18, EM_AARCH64)).problem,
            "it is an ELF file, but not for x86-64");
}

TEST_F(KernelImageFile, RefusesWhatIsNoKernelAndSurvivesEveryCutOfOne) {
  for (const std::string& text : {std::string(), std::string("hello"), std::string(4096, '\0')})
    EXPECT_EQ(inspect(text).problem, "it is neither a bzImage nor an x86-64 ELF image");
  for (const std::string& whole :
       {mini_bzimage("6.12.1"), elf_image(std::string_view("Xen\0", 4), 18, EM_X86_64)})
    for (std::size_t size = 0; size < whole.size(); size += 7) inspect(whole.substr(0, size));
  // Sizes that point far outside the file.
  std::string hostile = elf_image(std::string_view("Yen\0", 4), 18, EM_X86_64);
  std::memset(hostile.data() + sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr), 0xff, 8);
  EXPECT_EQ(inspect(hostile).format, KernelImage::Format::none);
  hostile = elf_image(std::string_view("Xen\0", 4), 18, EM_X86_64);
  std::memset(hostile.data() + offsetof(Elf64_Ehdr, e_phoff), 0xff, 8);
  EXPECT_EQ(inspect(hostile).format, KernelImage::Format::none);
}

TEST_F(KernelImageFile, SaysSoWhenThereIsNoFile) {
  EXPECT_THROW(inspect_kernel_image(folder_.path() / "none"), Error);
}

}  // namespace
}  // namespace faultline
