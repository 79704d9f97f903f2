// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <vector>

// What kernel-patches/NAME/series.yaml says.

namespace faultline {

struct SeriesSwitch {
  std::string name;
  std::string kind;  ///< cmdline | sysctl | sysfs
  std::vector<std::string> values;
  std::string default_value;
  std::string what;
};

struct SeriesArm {
  std::string name;
  std::string cmdline;
  std::string what;
};

struct SeriesDefinition {
  std::string name;
  std::string summary;
  std::string thread;
  std::vector<std::string> applies_to;  ///< Kernel versions, e.g. "6.12".
  std::vector<std::string> needed;      ///< Series that must be applied before this one.
  std::vector<std::string> patches;     ///< File names in the folder, in order of application.
  std::string config;                   ///< Extra config lines.
  std::vector<SeriesSwitch> switches;
  std::vector<SeriesArm> arms;
  std::vector<std::string> tested_on;
  std::string folder;  ///< Absolute path of kernel-patches/NAME.
};

}  // namespace faultline
