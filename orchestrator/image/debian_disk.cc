// SPDX-License-Identifier: GPL-2.0-or-later
#include "image/debian_disk.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <cstdlib>
#include <optional>
#include <sstream>

#include "base/error.h"
#include "base/files.h"
#include "base/sha256.h"
#include "image/image_cache.h"

namespace faultline {
namespace asio = boost::asio;
namespace fs = std::filesystem;
namespace {

using namespace std::chrono_literals;

constexpr auto build_deadline = 2h;  // a slow mirror and an emulated host
constexpr const char* doing = "making the Debian image";
constexpr std::size_t max_status = std::size_t{64} << 20;

bool in_path(const std::string& program) {
  const char* path = std::getenv("PATH");  // NOLINT(concurrency-mt-unsafe): nothing sets it
  std::istringstream folders(path == nullptr ? "" : path);
  for (std::string folder; std::getline(folders, folder, ':');)
    if (::access((folder + "/" + program).c_str(), X_OK) == 0) return true;
  return false;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

std::string last_lines(const std::string& text, int lines) {
  std::size_t at = text.size();
  while (lines-- > 0 && at != std::string::npos && at > 0) at = text.rfind('\n', at - 1);
  return at == std::string::npos ? text : text.substr(at + (at < text.size() ? 1 : 0));
}

/// The file of that path in a tar.
std::string file_in_tar(const fs::path& tar, const std::string& path) {
  const std::unique_ptr<archive, int (*)(archive*)> reader(archive_read_new(), archive_read_free);
  archive_read_support_format_tar(reader.get());
  if (archive_read_open_filename(reader.get(), tar.c_str(), 1 << 16) == ARCHIVE_OK) {
    archive_entry* entry = nullptr;
    while (archive_read_next_header(reader.get(), &entry) == ARCHIVE_OK) {
      std::string name = archive_entry_pathname(entry);
      if (name.starts_with("./")) name.erase(0, 2);
      if (name != path) continue;
      const auto size = static_cast<std::size_t>(archive_entry_size(entry));
      if (size > max_status) break;
      std::string content(size, '\0');
      if (archive_read_data(reader.get(), content.data(), size) == static_cast<la_ssize_t>(size))
        return content;
      break;
    }
  }
  throw Error(ErrorKind::host, doing, "the tar that mmdebstrap wrote has no readable " + path);
}

std::string to_lines(const std::vector<ImagePackage>& packages) {
  std::string text;
  for (const ImagePackage& package : packages)
    text += package.name + '\t' + package.version + '\t' + package.architecture + '\n';
  return text;
}

std::vector<ImagePackage> packages_of_lines(const std::string& text) {
  std::vector<ImagePackage> packages;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream fields(line);
    ImagePackage& package = packages.emplace_back();
    std::getline(fields, package.name, '\t');
    std::getline(fields, package.version, '\t');
    std::getline(fields, package.architecture, '\t');
  }
  return packages;
}

/// The disk that the recipe's link names, if it is there.
std::optional<DebianDisk> cached_disk(const ImageCache& layout, const std::string& recipe) {
  std::error_code error;
  const std::string hash = fs::read_symlink(layout.disk_of(recipe), error);
  if (error) return std::nullopt;
  DebianDisk disk;
  disk.hash = hash;
  disk.path = layout.image(hash) / "root.squashfs";
  disk.in_use = layout.use(hash);
  if (!fs::exists(disk.path, error)) return std::nullopt;  // gc was here
  disk.packages = packages_of_lines(read_file(layout.image(hash) / "packages.tsv"));
  layout.mark_used(hash);
  return disk;
}

asio::awaitable<FileLock> wait_for(fs::path file, std::function<void(const std::string&)> say) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  std::error_code ignored;
  fs::create_directories(file.parent_path(), ignored);
  FileLock lock = FileLock::try_lock(file);
  if (!lock && say) say("waiting for another process that makes the Debian image");
  for (auto waited = 0ms; !lock && waited < build_deadline; waited += 200ms) {
    timer.expires_after(200ms);
    co_await timer.async_wait(asio::use_awaitable);
    lock = FileLock::try_lock(file);
  }
  if (!lock) throw Error(ErrorKind::host, doing, "another process still holds " + file.string());
  co_return lock;
}

asio::awaitable<void> must_run(CommandRunner& commands, std::vector<std::string> argv, fs::path log,
                               std::string hint) {
  Command command;
  const std::string program = argv[0] == "sh" ? "tar2sqfs" : argv[0];
  command.argv = std::move(argv);
  command.environment = {{"SOURCE_DATE_EPOCH", image_epoch}, {"LC_ALL", "C.UTF-8"}};
  command.log = log;
  command.deadline = build_deadline;
  const CommandResult result = co_await commands.run(std::move(command));
  if (result.ok()) co_return;
  const std::string why = result.deadline_passed
                              ? " took too long"
                              : " failed: " + last_lines(result.standard_error, 6);
  throw Error(ErrorKind::host, doing, program + why,
              hint + "; all that it said is in " + log.string());
}

void sync_file(const fs::path& file) {
  const UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd || ::fsync(fd.get()) != 0)
    throw_errno(ErrorKind::host, "writing " + file.string(), errno);
}

/// The link is what makes the disk the recipe's; a reader sees the old one or the new.
void point_to(const fs::path& link, const std::string& hash, const fs::path& aside) {
  const fs::path fresh = aside / "link";
  fs::create_symlink(hash, fresh);
  fs::rename(fresh, link);
}

}  // namespace

std::vector<std::string> missing_debian_tools() {
  std::vector<std::string> missing;
  if (!in_path("mmdebstrap")) missing.emplace_back("mmdebstrap");
  if (!in_path("tar2sqfs")) missing.emplace_back("squashfs-tools-ng");
  return missing;
}

std::vector<ImagePackage> packages_of_status(const std::string& status) {
  std::vector<ImagePackage> packages;
  ImagePackage package;
  bool installed = false;
  const auto finish = [&] {
    if (installed && !package.name.empty()) packages.push_back(package);
    package = {};
    installed = false;
  };
  std::istringstream lines(status);
  for (std::string line; std::getline(lines, line);) {
    if (line.empty()) finish();
    const auto colon = line.find(": ");
    if (colon == std::string::npos || line.front() == ' ') continue;
    const std::string value = line.substr(colon + 2);
    if (line.starts_with("Package: ")) package.name = value;
    if (line.starts_with("Version: ")) package.version = value;
    if (line.starts_with("Architecture: ")) package.architecture = value;
    if (line.starts_with("Status: ")) installed = value == "install ok installed";
  }
  finish();
  std::sort(packages.begin(), packages.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  return packages;
}

asio::awaitable<DebianDisk> debian_disk(CommandRunner& commands, DebianRecipe recipe,
                                        fs::path cache,
                                        std::function<void(const std::string&)> say) {
  const ImageCache layout(cache);
  const std::string key = recipe.hash().substr(0, 16);
  if (auto disk = cached_disk(layout, key)) co_return std::move(*disk);
  const std::vector<std::string> missing = missing_debian_tools();
  if (!missing.empty())
    throw Error(ErrorKind::host, doing, "not installed: " + joined(missing),
                "apt-get install " + joined(missing));
  const FileLock lock = co_await wait_for(layout.disk_lock(key), say);
  if (auto disk = cached_disk(layout, key)) co_return std::move(*disk);

  const std::shared_ptr<const void> building = layout.build();
  TemporaryDirectory aside(layout.aside());
  const fs::path tar = aside.path() / "root.tar";
  const fs::path squashfs = aside.path() / "root.squashfs";
  const fs::path log = cache / "logs" / ("debian-" + key + ".log");
  std::error_code ignored;
  fs::create_directories(log.parent_path(), ignored);
  if (say)
    say("making the Debian image from " + std::to_string(recipe.packages.size()) +
        " packages and what they need: once, some minutes");
  co_await must_run(commands, mmdebstrap_command(recipe, tar), log,
                    "check the network, or name a mirror with FAULTLINE_MIRROR=ADDRESS");
  const std::vector<ImagePackage> packages =
      packages_of_status(file_in_tar(tar, "var/lib/dpkg/status"));
  co_await must_run(commands, squashfs_command(tar, squashfs), log, "is the disk full?");
  fs::remove(tar, ignored);
  write_file_atomically(aside.path() / "packages.tsv", to_lines(packages));
  sync_file(squashfs);
  const std::string hash = sha256_hex_of_file(squashfs);
  fs::permissions(aside.path(), fs::perms(0755), ignored);
  TemporaryDirectory link_aside(layout.aside());
  if (publish_directory(aside.path(), layout.image(hash))) aside.release();
  point_to(layout.disk_of(key), hash, link_aside.path());
  auto disk = cached_disk(layout, key);
  if (!disk) throw Error(ErrorKind::host, doing, "it was removed while it was made");
  if (say) say("the Debian image is made: " + std::to_string(packages.size()) + " packages");
  co_return std::move(*disk);
}

}  // namespace faultline
