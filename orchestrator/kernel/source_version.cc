// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/source_version.h"

#include <algorithm>

namespace faultline {
namespace {

constexpr std::string_view digits = "0123456789";

/// The number of a line "NAME = 12" among the first lines; "" without one.
std::string number_of(std::string_view makefile, std::string_view name) {
  while (!makefile.empty()) {
    const auto end = std::min(makefile.find('\n'), makefile.size());
    std::string_view line = makefile.substr(0, end);
    makefile.remove_prefix(std::min(end + 1, makefile.size()));
    if (!line.starts_with(name)) continue;
    line.remove_prefix(name.size());
    if (line.find_first_not_of(" \t") != line.find('=')) continue;
    line.remove_prefix(line.find('=') + 1);
    const auto begin = line.find_first_of(digits);
    if (begin == std::string_view::npos) return {};
    line.remove_prefix(begin);
    return std::string(line.substr(0, line.find_first_not_of(digits)));
  }
  return {};
}

}  // namespace

std::string version_in_makefile(std::string_view makefile) {
  const std::string version = number_of(makefile, "VERSION");
  const std::string patch_level = number_of(makefile, "PATCHLEVEL");
  const std::string sub_level = number_of(makefile, "SUBLEVEL");
  if (version.empty() || patch_level.empty()) return {};
  return version + "." + patch_level + (sub_level.empty() ? "" : "." + sub_level);
}

bool is_for_version(const std::vector<std::string>& versions, std::string_view version) {
  if (versions.empty() || version.empty()) return true;
  return std::any_of(versions.begin(), versions.end(), [&](const std::string& known) {
    return version == known || version.starts_with(known + ".");
  });
}

std::optional<ApplyFailure> not_for_version(const std::vector<Series>& series,
                                            const std::string& source, const std::string& version) {
  for (const Series& one : series) {
    if (is_for_version(one.applies_to, version)) continue;
    std::string known;
    for (const std::string& each : one.applies_to) known += (known.empty() ? "" : ", ") + each;
    return ApplyFailure{
        "series " + one.name + " applies to " + known + ", but " + source + " is " + version,
        "If it should apply to this version as well, add that to 'applies-to' in its "
        "series.yaml.\n"};
  }
  return std::nullopt;
}

}  // namespace faultline
