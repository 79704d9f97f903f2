// SPDX-License-Identifier: GPL-2.0-or-later
#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <memory>
#include <set>
#include <string_view>

#include "base/error.h"
#include "base/files.h"
#include "base/sha256.h"
#include "base/text.h"
#include "bundle/bundle.h"
#include "bundle/bundle_lock.h"

namespace faultline {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t longest_path = 512;
constexpr std::uint64_t largest_lock = std::uint64_t{8} << 20;

/// What a bundle may hold at its top: nothing else would be of use, so nothing else is unpacked.
constexpr std::array<std::string_view, 8> top_names{
    "bundle.json", "experiment.yaml", "results.sqlite", "report.html",
    "experiments", "guest",           "kernel-patches", "workloads"};

[[noreturn]] void refuse(const fs::path& file, const std::string& why) {
  throw Error(ErrorKind::user_input, "unpacking bundle " + file.string(), why,
              "a bundle is made by 'faultline bundle'; do not trust this one");
}

/// Why a name in an archive may not become a file, or "".
std::string objection(std::string_view name) {
  if (name.empty() || name.size() > longest_path) return "a name that is empty or too long";
  if (name.front() == '/') return "an absolute path";
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f || c == '\\') return "a name with control characters";
  }
  for (std::size_t at = 0; at <= name.size();) {
    const std::size_t end = std::min(name.find('/', at), name.size());
    const std::string_view part = name.substr(at, end - at);
    if (part.empty() || part == "." || part == "..") return "a path that is not plain";
    if (at == 0 && std::find(top_names.begin(), top_names.end(), part) == top_names.end())
      return "a file that belongs to no bundle";
    at = end + 1;
  }
  // The agent is PID 1 of every guest: each host's own.
  if (name == "guest/agent" || name.starts_with("guest/agent/"))
    return "a file that belongs to no bundle";
  return "";
}

class Unpacking {
 public:
  Unpacking(const fs::path& file, const fs::path& folder, BundleLimits limits)
      : file_(file),
        folder_(folder),
        limits_(limits),
        archive_(archive_read_new(), archive_read_free) {
    if (!archive_) throw std::bad_alloc();
    archive_read_support_filter_zstd(archive_.get());
    archive_read_support_format_tar(archive_.get());
    if (archive_read_open_filename(archive_.get(), file.c_str(), 1 << 16) != ARCHIVE_OK) fail();
  }

  BundleLock unpack() {
    archive_entry* entry = nullptr;
    for (;;) {
      const int status = archive_read_next_header(archive_.get(), &entry);
      if (status == ARCHIVE_EOF) break;
      if (status != ARCHIVE_OK) fail();
      unpack(entry);
    }
    if (!seen_.contains("bundle.json")) refuse(file_, "it has no bundle.json");
    for (const auto& [path, hash] : lock_.files)
      if (!seen_.contains(path)) refuse(file_, "it lacks " + printable(path, 100));
    return std::move(lock_);
  }

 private:
  void unpack(archive_entry* entry) {
    const char* raw = archive_entry_pathname(entry);
    const std::string name = raw == nullptr ? "" : raw;
    if (const std::string why = objection(name); !why.empty())
      refuse(file_, "it holds " + why + ": '" + printable(name, 100) + "'");
    if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry) != nullptr)
      refuse(file_, "it holds something that is no plain file: '" + printable(name, 100) + "'");
    if (!seen_.insert(name).second) refuse(file_, "it holds '" + printable(name, 100) + "' twice");
    if (seen_.size() > limits_.files) refuse(file_, "it holds too many files");
    const bool is_lock = name == "bundle.json";
    if (is_lock != (seen_.size() == 1)) refuse(file_, "its first file is not bundle.json");
    const auto listed = lock_.files.find(name);
    if (!is_lock && listed == lock_.files.end())
      refuse(file_, "bundle.json does not list '" + printable(name, 100) + "'");
    const fs::path path = folder_for(name);
    write(name, path, is_lock ? largest_lock : limits_.bytes);
    if (is_lock)
      lock_ = lock_from_json(read_file(path));
    else if (listed->second != sha256_hex_of_file(path))
      refuse(file_, "'" + printable(name, 100) + "' is not what bundle.json says");
    if ((archive_entry_perm(entry) & 0100) != 0) fs::permissions(path, fs::perms(0755));
  }

  /// Where the file goes, in a folder that is there.
  fs::path folder_for(const std::string& name) const {
    fs::path path = folder_ / name;
    for (fs::path above = path.parent_path(); above != folder_; above = above.parent_path())
      if (fs::is_regular_file(above)) refuse_both(name);
    if (fs::is_directory(path)) refuse_both(name);
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    if (error) fail_to_write(path, error.message());
    return path;
  }

  /// To disk as it comes: what is too large is no less so in memory.
  void write(const std::string& name, const fs::path& path, std::uint64_t limit) {
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    std::array<char, std::size_t{1} << 16> buffer;
    std::uint64_t size = 0;
    for (;;) {
      const la_ssize_t got = archive_read_data(archive_.get(), buffer.data(), buffer.size());
      if (got < 0) fail();
      if (got == 0) break;
      size += static_cast<std::uint64_t>(got);
      total_ += static_cast<std::uint64_t>(got);
      if (total_ > limits_.bytes || size > limit)
        refuse(file_, "it is too large, at '" + printable(name, 100) + "'");
      if (!out.write(buffer.data(), static_cast<std::streamsize>(got))) break;
    }
    out.close();
    if (!out) fail_to_write(path, "the disk may be full");
  }

  [[noreturn]] void refuse_both(const std::string& name) const {
    refuse(file_,
           "it holds a name that is both a file and a folder, at '" + printable(name, 100) + "'");
  }

  [[noreturn]] static void fail_to_write(const fs::path& path, const std::string& why) {
    throw Error(ErrorKind::host, "writing " + path.string(), why,
                "free some space, for instance with 'faultline gc'");
  }

  [[noreturn]] void fail() const {
    const char* words = archive_error_string(archive_.get());
    refuse(file_, words != nullptr ? printable(words, 200) : "it cannot be read");
  }

  const fs::path& file_;
  const fs::path& folder_;
  BundleLimits limits_;
  std::unique_ptr<archive, int (*)(archive*)> archive_;
  BundleLock lock_;
  std::set<std::string> seen_;
  std::uint64_t total_ = 0;
};

}  // namespace

bool looks_like_bundle(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::array<char, 4> magic{};
  in.read(magic.data(), magic.size());
  return in && std::string_view(magic.data(), magic.size()) == "\x28\xb5\x2f\xfd";
}

BundleLock unpack_bundle(const fs::path& file, const fs::path& folder, BundleLimits limits) {
  return Unpacking(file, folder, limits).unpack();
}

}  // namespace faultline
