// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <filesystem>
#include <string>

namespace faultline {

/// What a file that is said to be a kernel is.
struct KernelImage {
  enum class Format {
    none,     ///< No kernel; `problem` says why.
    bzimage,  ///< x86 boot protocol 2.06 or later (Documentation/arch/x86/boot.rst).
    elf,      ///< x86-64 ELF image with the PVH entry note (XEN_ELFNOTE_PHYS32_ENTRY).
  };
  Format format = Format::none;
  std::string release;  ///< uname -r, or "" if the image does not say.
  std::string problem;
};

/// Looks at a file. Reads only its headers and, of an ELF image, searches the version string.
/// Throws Error{host} if it cannot be read.
KernelImage inspect_kernel_image(const std::filesystem::path& file);

}  // namespace faultline
