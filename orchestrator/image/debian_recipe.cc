// SPDX-License-Identifier: GPL-2.0-or-later
#include "image/debian_recipe.h"

#include <sstream>

#include "base/error.h"
#include "base/files.h"
#include "base/sha256.h"

namespace faultline {
namespace {

// Part of the hash: change it whenever an equal recipe would give another image.
constexpr const char* format_version = "faultline-debian-1";

std::string joined(const std::vector<std::string>& words, const char* between) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : between) + word;
  return text;
}

}  // namespace

std::string DebianRecipe::hash() const {
  Sha256 hash;
  hash.add(format_version).add(image_epoch).add(suite).add(mirror);
  for (const auto* list : {&packages, &without, &run}) {
    hash.add(std::to_string(list->size()));
    for (const std::string& item : *list) hash.add(item);
  }
  return hash.finish();
}

DebianRecipe read_debian_recipe(const std::filesystem::path& file, std::string mirror) {
  DebianRecipe recipe;
  recipe.mirror = std::move(mirror);
  std::istringstream lines(read_file(file));
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    if (line.empty() || line.front() == '#') continue;
    const auto blank = line.find(' ');
    const std::string key = line.substr(0, blank);
    const std::string value = blank == std::string::npos ? "" : line.substr(blank + 1);
    const auto refuse = [&](const std::string& why) {
      throw Error(ErrorKind::user_input, file.string() + ":" + std::to_string(number),
                  "'" + line + "' " + why, "write suite, package, without or run, and a value");
    };
    if (value.empty()) refuse("has no value");
    if (key == "suite") {
      if (!recipe.suite.empty()) refuse("is the second suite");
      recipe.suite = value;
    } else if (key == "package") {
      recipe.packages.push_back(value);
    } else if (key == "without") {
      recipe.without.push_back(value);
    } else if (key == "run") {
      recipe.run.push_back(value);
    } else {
      refuse("begins with no known key");
    }
  }
  if (recipe.suite.empty())
    throw Error(ErrorKind::user_input, file.string(), "there is no suite", "write: suite bookworm");
  return recipe;
}

std::vector<std::string> mmdebstrap_command(const DebianRecipe& recipe,
                                            const std::filesystem::path& tar) {
  std::vector<std::string> argv{"mmdebstrap", "--mode=auto", "--format=tar", "--variant=apt",
                                // A half-made image is thrown away: nothing need be synced.
                                "--dpkgopt=force-unsafe-io",
                                "--include=" + joined(recipe.packages, ",")};
  for (const std::string& glob : recipe.without) argv.push_back("--dpkgopt=path-exclude=" + glob);
  for (const std::string& command : recipe.run) argv.push_back("--customize-hook=" + command);
  argv.push_back(recipe.suite);
  argv.push_back(tar.string());
  if (!recipe.mirror.empty()) argv.push_back(recipe.mirror);
  return argv;
}

std::vector<std::string> squashfs_command(const std::filesystem::path& tar,
                                          const std::filesystem::path& squashfs) {
  return {"sh",
          "-c",
          "exec \"$@\" <\"$0\"",
          tar.string(),
          "tar2sqfs",
          "--quiet",
          "--no-skip",
          "--force",
          "--no-xattr",
          "--compressor",
          "lz4",
          "--comp-extra",
          "hc",
          "--block-size",
          "131072",
          "--defaults",
          "uid=0,gid=0,mode=0755,mtime=0",
          squashfs.string()};
}

}  // namespace faultline
