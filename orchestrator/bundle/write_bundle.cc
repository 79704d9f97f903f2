// SPDX-License-Identifier: GPL-2.0-or-later
#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <memory>
#include <new>

#include "base/error.h"
#include "base/files.h"
#include "base/sha256.h"
#include "bundle/bundle.h"
#include "bundle/bundle_lock.h"

namespace faultline {
namespace {

/// A tar stream through zstd, in memory. Entries carry no time, no owner and no order but ours, so
/// that equal input gives equal bytes.
class TarZstd {
 public:
  TarZstd() : archive_(archive_write_new(), archive_write_free) {
    if (!archive_) throw std::bad_alloc();
    check(archive_write_set_format_pax_restricted(archive_.get()));
    check(archive_write_add_filter_zstd(archive_.get()));
    check(archive_write_set_bytes_in_last_block(archive_.get(), 1));
    check(archive_write_open2(archive_.get(), &bytes_, nullptr, append, nullptr, nullptr));
  }

  void add(const BundleFile& file) {
    const std::unique_ptr<archive_entry, void (*)(archive_entry*)> entry(archive_entry_new(),
                                                                         archive_entry_free);
    if (!entry) throw std::bad_alloc();
    archive_entry_set_pathname(entry.get(), file.path.c_str());
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_entry_set_perm(entry.get(), file.executable ? 0755 : 0644);
    archive_entry_set_mtime(entry.get(), 0, 0);
    archive_entry_set_size(entry.get(), static_cast<la_int64_t>(file.content.size()));
    check(archive_write_header(archive_.get(), entry.get()));
    std::string_view rest = file.content;
    while (!rest.empty()) {
      const la_ssize_t put = archive_write_data(archive_.get(), rest.data(), rest.size());
      if (put <= 0) check(ARCHIVE_FATAL);
      rest.remove_prefix(static_cast<std::size_t>(put));
    }
  }

  std::string finish() {
    check(archive_write_close(archive_.get()));
    return std::move(bytes_);
  }

 private:
  static la_ssize_t append(archive*, void* bytes, const void* data, std::size_t size) {
    static_cast<std::string*>(bytes)->append(static_cast<const char*>(data), size);
    return static_cast<la_ssize_t>(size);
  }
  void check(int status) const {
    if (status == ARCHIVE_OK) return;
    const char* words = archive_error_string(archive_.get());
    throw Error(ErrorKind::host, "writing a bundle",
                words != nullptr ? words : "libarchive failed");
  }

  std::string bytes_;  // outlives archive_, which writes to it as it is freed
  std::unique_ptr<archive, int (*)(archive*)> archive_;
};

}  // namespace

void write_bundle(const std::filesystem::path& file, BundleLock lock,
                  std::vector<BundleFile> files) {
  std::sort(files.begin(), files.end(),
            [](const BundleFile& a, const BundleFile& b) { return a.path < b.path; });
  lock.files.clear();
  for (const BundleFile& one : files) lock.files[one.path] = sha256_hex(one.content);
  TarZstd archive;
  archive.add({"bundle.json", lock_to_json(lock)});
  for (const BundleFile& one : files) archive.add(one);
  write_file_atomically(file, archive.finish());
}

}  // namespace faultline
