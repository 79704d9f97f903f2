// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/kernel_image.h"

#include <elf.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "base/text.h"
#include "base/unique_fd.h"

namespace faultline {
namespace {

constexpr std::uint32_t pvh_entry_note = 18;  // XEN_ELFNOTE_PHYS32_ENTRY
constexpr std::size_t longest_release = 128;

/// A file in memory, read-only.
class Mapping {
 public:
  explicit Mapping(const std::filesystem::path& file) {
    UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat status {};
    if (!fd || ::fstat(fd.get(), &status) != 0)
      throw_errno(ErrorKind::host, "opening " + file.string(), errno);
    if (!S_ISREG(status.st_mode) || status.st_size == 0) return;
    size_ = static_cast<std::size_t>(status.st_size);
    data_ = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, fd.get(), 0);
    if (data_ == MAP_FAILED) throw_errno(ErrorKind::host, "reading " + file.string(), errno);
  }
  ~Mapping() {
    if (size_ > 0) ::munmap(data_, size_);
  }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  std::string_view bytes() const { return {static_cast<const char*>(data_), size_}; }

 private:
  void* data_ = nullptr;
  std::size_t size_ = 0;
};

/// A little-endian value at an offset; nothing if the file ends before it.
template <typename T>
std::optional<T> at(std::string_view bytes, std::uint64_t offset) {
  if (offset > bytes.size() || bytes.size() - offset < sizeof(T)) return std::nullopt;
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

/// The first word of "6.12.117-faultline (user@host) #1 SMP ...".
std::string release_at(std::string_view bytes, std::uint64_t offset) {
  if (offset >= bytes.size()) return {};
  const std::string_view text = bytes.substr(offset, longest_release);
  std::size_t length = 0;
  while (length < text.size() && text[length] > ' ' && text[length] < 0x7f) ++length;
  return std::string(text.substr(0, length));
}

KernelImage problem(std::string what) {
  KernelImage image;
  image.problem = std::move(what);
  return image;
}

KernelImage inspect_bzimage(std::string_view bytes) {
  const auto protocol = at<std::uint16_t>(bytes, 0x206);
  if (!protocol || *protocol < 0x0206) return problem("its boot protocol is older than 2.06");
  KernelImage image;
  image.format = KernelImage::Format::bzimage;
  const auto version = at<std::uint16_t>(bytes, 0x20e);
  if (version && *version != 0) image.release = release_at(bytes, std::uint64_t{*version} + 0x200);
  return image;
}

/// True if one of the notes in a segment is the PVH entry. Sizes come from the file: hostile.
bool has_pvh_note(std::string_view notes, std::uint64_t alignment) {
  const std::uint64_t step = alignment == 8 ? 8 : 4;
  const auto padded = [&](std::uint64_t size) { return (size + step - 1) / step * step; };
  std::uint64_t offset = 0;
  while (const auto note = at<Elf64_Nhdr>(notes, offset)) {
    const auto name = offset + sizeof *note;
    if (name + note->n_namesz > notes.size()) return false;
    if (note->n_type == pvh_entry_note &&
        notes.substr(name, note->n_namesz) == std::string_view("Xen\0", 4))
      return true;
    offset = name + padded(note->n_namesz) + padded(note->n_descsz);
  }
  return false;
}

KernelImage inspect_elf(std::string_view bytes) {
  const auto header = at<Elf64_Ehdr>(bytes, 0);
  if (!header || header->e_ident[EI_CLASS] != ELFCLASS64 ||
      header->e_ident[EI_DATA] != ELFDATA2LSB || header->e_machine != EM_X86_64)
    return problem("it is an ELF file, but not for x86-64");
  bool pvh = false;
  for (unsigned i = 0; i < header->e_phnum && !pvh; ++i) {
    const auto segment =
        at<Elf64_Phdr>(bytes, header->e_phoff + std::uint64_t{i} * sizeof(Elf64_Phdr));
    if (!segment) break;
    if (segment->p_type != PT_NOTE || segment->p_offset > bytes.size()) continue;
    pvh = has_pvh_note(bytes.substr(segment->p_offset, segment->p_filesz), segment->p_align);
  }
  if (!pvh)
    return problem("it is an ELF file without a PVH entry (CONFIG_PVH), so QEMU cannot enter it");
  KernelImage image;
  image.format = KernelImage::Format::elf;
  constexpr std::string_view banner = "Linux version ";
  for (std::size_t found = bytes.find(banner); found != std::string_view::npos;
       found = bytes.find(banner, found + 1)) {
    image.release = release_at(bytes, found + banner.size());
    // The format string of the banner comes first in some images.
    if (!image.release.empty() && image.release[0] >= '0' && image.release[0] <= '9') return image;
  }
  image.release.clear();
  return image;
}

}  // namespace

KernelImage inspect_kernel_image(const std::filesystem::path& file) {
  const Mapping mapping(file);
  const std::string_view bytes = mapping.bytes();
  if (bytes.starts_with(std::string_view("\177ELF", 4))) return inspect_elf(bytes);
  if (bytes.size() > 0x206 && bytes.substr(0x202, 4) == "HdrS" &&
      at<std::uint16_t>(bytes, 0x1fe) == 0xaa55)
    return inspect_bzimage(bytes);
  return problem("it is neither a bzImage nor an x86-64 ELF image");
}

}  // namespace faultline
