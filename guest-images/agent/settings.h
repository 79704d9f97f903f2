// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "guest/event.h"
#include "guest/run_sheet.h"

namespace faultline::agent {

/// The value that a sysfs or sysctl file's content stands for: trimmed, and of a list of choices
/// ("always [madvise] never") the one in brackets.
std::string current_value(std::string_view content);

/// True if `found` is what `wanted` asks for: equal word by word, where numbers compare by value
/// ("0x10" and "16", "1G" and "1073741824") and booleans by meaning ("1" and "Y").
bool same_value(std::string_view wanted, std::string_view found);

/// Writes the value and reads it back. A file that nobody may read (compact_memory) is taken at
/// its write(2).
guest::SettingResult apply_setting(const guest::SheetSetting& setting);

/// Settings that last for one step: remembers what was there before and puts it back.
class StepSettings {
 public:
  /// Applies in order; one result each.
  std::vector<guest::SettingResult> apply(const std::vector<guest::SheetSetting>& settings);
  /// Puts previous values back, last one first. Returns the results of those that did not take.
  std::vector<guest::SettingResult> restore();

 private:
  std::vector<guest::SheetSetting> previous_;
};

}  // namespace faultline::agent
