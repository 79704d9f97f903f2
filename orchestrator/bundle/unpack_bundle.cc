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
constexpr std::array<std::string_view, 7> top_names{
    "bundle.json", "experiment.yaml", "results.sqlite", "report.html",
    "guest",       "kernel-patches",  "workloads"};

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
  bool first = true;
  for (std::size_t at = 0; at <= name.size();) {
    const std::size_t end = std::min(name.find('/', at), name.size());
    const std::string_view part = name.substr(at, end - at);
    if (part.empty() || part == "." || part == "..") return "a path that is not plain";
    if (first && std::find(top_names.begin(), top_names.end(), part) == top_names.end())
      return "a file that belongs to no bundle";
    first = false;
    at = end + 1;
  }
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
    const std::string content = read(name, is_lock ? largest_lock : limits_.bytes);
    if (is_lock) {
      lock_ = lock_from_json(content);
    } else {
      const auto listed = lock_.files.find(name);
      if (listed == lock_.files.end())
        refuse(file_, "bundle.json does not list '" + printable(name, 100) + "'");
      if (listed->second != sha256_hex(content))
        refuse(file_, "'" + printable(name, 100) + "' is not what bundle.json says");
    }
    write(name, content, (archive_entry_perm(entry) & 0100) != 0);
  }

  std::string read(const std::string& name, std::uint64_t limit) {
    std::string content;
    std::array<char, std::size_t{1} << 16> buffer;
    for (;;) {
      const la_ssize_t got = archive_read_data(archive_.get(), buffer.data(), buffer.size());
      if (got < 0) fail();
      if (got == 0) return content;
      total_ += static_cast<std::uint64_t>(got);
      if (total_ > limits_.bytes || content.size() + static_cast<std::size_t>(got) > limit)
        refuse(file_, "it is too large, at '" + printable(name, 100) + "'");
      content.append(buffer.data(), static_cast<std::size_t>(got));
    }
  }

  void write(const std::string& name, const std::string& content, bool executable) const {
    const fs::path path = folder_ / name;
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    out.write(content.data(), static_cast<std::streamsize>(content.size()));
    out.close();
    if (error || !out)
      throw Error(ErrorKind::host, "writing " + path.string(),
                  error ? error.message() : "the disk may be full",
                  "free some space, for instance with 'faultline gc'");
    if (executable) fs::permissions(path, fs::perms(0755));
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
