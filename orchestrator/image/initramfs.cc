// SPDX-License-Identifier: GPL-2.0-or-later
#include "image/initramfs.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>

#include "base/error.h"
#include "base/files.h"
#include "base/sha256.h"
#include "base/unique_fd.h"
#include "image/cpio_writer.h"
#include "image/image_cache.h"

namespace faultline {
namespace fs = std::filesystem;
namespace {

// Part of every image's hash: change it whenever equal recipes would give other bytes.
constexpr const char* format_version = "faultline-initramfs-1";

constexpr const char* run_sheet_folder = "faultline";
constexpr const char* run_sheet_file = "faultline/run-sheet.json";

[[noreturn]] void bad_recipe(const std::string& path, const std::string& why) {
  throw Error(ErrorKind::host, "making a guest image", "'" + path + "' " + why);
}

void check_path(const std::string& path) {
  if (path.empty() || path.front() == '/' || path.back() == '/')
    bad_recipe(path, "is not a path of a file below the root");
  for (const fs::path& part : fs::path(path))
    if (part == "." || part == ".." || part.empty()) bad_recipe(path, "is not a plain path");
}

// Sorted by path, each path once, no file where another needs a folder.
std::vector<const ImageFile*> in_order(const ImageRecipe& recipe) {
  std::vector<const ImageFile*> files;
  for (const ImageFile& file : recipe.files) {
    check_path(file.path);
    files.push_back(&file);
  }
  std::sort(files.begin(), files.end(),
            [](const ImageFile* a, const ImageFile* b) { return a->path < b->path; });
  std::set<std::string> paths;
  for (const ImageFile* file : files)
    if (!paths.insert(file->path).second) bad_recipe(file->path, "is there twice");
  for (const ImageFile* file : files)
    for (fs::path parent = fs::path(file->path).parent_path(); !parent.empty();
         parent = parent.parent_path())
      if (paths.count(parent.string())) bad_recipe(parent.string(), "is a file and a folder");
  return files;
}

std::string hash_of(const std::vector<const ImageFile*>& files) {
  Sha256 hash;
  hash.add(format_version);
  for (const ImageFile* file : files) {
    hash.add(file->path).add(std::to_string(file->mode & 07777)).add(file->link_target);
    if (!file->link_target.empty()) continue;
    if (file->source.empty())
      hash.add("content").add(file->content);
    else
      hash.add("content").add_file(file->source);
  }
  return hash.finish();
}

class Directories {
 public:
  explicit Directories(CpioWriter& writer) : writer_(writer) {}
  /// Adds the folders above `path` that are not there yet, outermost first.
  void add_above(const std::string& path) {
    const fs::path parent = fs::path(path).parent_path();
    if (parent.empty() || !added_.insert(parent.string()).second) return;
    add_above(parent.string());
    writer_.add_directory(parent.string(), 0755);
  }

 private:
  CpioWriter& writer_;
  std::set<std::string> added_;
};

void write_image(const std::vector<const ImageFile*>& files, int fd, const std::string& name) {
  CpioWriter writer(fd, name);
  Directories directories(writer);
  // Before /init runs the kernel opens /dev/console for it; nothing else makes it that early.
  directories.add_above("dev/console");
  writer.add_character_device("dev/console", 0600, 5, 1);
  writer.add_character_device("dev/null", 0666, 1, 3);
  for (const ImageFile* file : files) {
    if (file->path == "dev/console" || file->path == "dev/null")
      bad_recipe(file->path, "is in every image already");
    directories.add_above(file->path);
    if (!file->link_target.empty())
      writer.add_symlink(file->path, file->link_target);
    else if (!file->source.empty())
      writer.add_file_from(file->path, file->mode, file->source);
    else
      writer.add_file(file->path, file->mode, file->content);
  }
  writer.finish();
}

UniqueFd create(const fs::path& file) {
  UniqueFd fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!fd) throw_errno(ErrorKind::host, "creating " + file.string(), errno);
  return fd;
}

void append_file(const UniqueFd& to, const fs::path& to_name, const fs::path& from) {
  const UniqueFd source(::open(from.c_str(), O_RDONLY | O_CLOEXEC));
  if (!source) throw_errno(ErrorKind::host, "opening " + from.string(), errno);
  for (;;) {
    const ssize_t copied =
        ::copy_file_range(source.get(), nullptr, to.get(), nullptr, std::size_t{1} << 30, 0);
    if (copied == 0) return;
    if (copied > 0 || errno == EINTR) continue;
    if (errno != EXDEV && errno != EINVAL && errno != EOPNOTSUPP && errno != ENOSYS)
      throw_errno(ErrorKind::host, "writing " + to_name.string(), errno);
    break;  // two file systems that cannot copy between them
  }
  std::vector<char> buffer(std::size_t{1} << 20);
  for (;;) {
    const ssize_t got = ::read(source.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw_errno(ErrorKind::host, "reading " + from.string(), errno);
    if (got == 0) return;
    for (ssize_t done = 0; done < got;) {
      const ssize_t put =
          ::write(to.get(), buffer.data() + done, static_cast<std::size_t>(got - done));
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) throw_errno(ErrorKind::host, "writing " + to_name.string(), errno);
      done += put;
    }
  }
}

}  // namespace

GuestImage build_image(const ImageRecipe& recipe, const fs::path& cache) {
  const auto files = in_order(recipe);
  const ImageCache layout(cache);
  GuestImage image;
  image.hash = hash_of(files);
  image.path = layout.image(image.hash) / "initramfs.cpio";
  image.in_use = {layout.use(image.hash)};
  std::error_code ignored;
  if (fs::exists(image.path, ignored)) {
    layout.mark_used(image.hash);
    return image;
  }
  // Written aside and renamed as a whole. Two processes may write the same image at once; the
  // second finds the first one's in place, of equal bytes.
  const std::shared_ptr<const void> building = layout.build();
  TemporaryDirectory aside(layout.aside());
  const fs::path file = aside.path() / "initramfs.cpio";
  const UniqueFd fd = create(file);
  write_image(files, fd.get(), file.string());
  if (::fsync(fd.get()) != 0) throw_errno(ErrorKind::host, "writing " + file.string(), errno);
  fs::permissions(aside.path(), fs::perms(0755), ignored);
  if (publish_directory(aside.path(), layout.image(image.hash))) aside.release();
  return image;
}

void write_boot_initramfs(const GuestImage& image, const std::string& run_sheet,
                          const fs::path& to) {
  const UniqueFd fd = create(to);
  try {
    append_file(fd, to, image.path);
    CpioWriter writer(fd.get(), to.string());
    writer.add_directory(run_sheet_folder, 0755);
    writer.add_file(run_sheet_file, 0644, run_sheet);
    writer.finish();
  } catch (const Error&) {
    ::unlink(to.c_str());
    throw;
  }
}

}  // namespace faultline
