// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "guest/event.h"

namespace faultline::agent {

/// One file that a collector stands for.
struct CollectorFile {
  std::string source;  ///< Name in events and artifacts: "vmstat", "node0/meminfo".
  std::string path;
  enum class Form {
    names_and_values,  ///< "name value" or "name: value kB" a line.
    slabs,             ///< /proc/slabinfo
    allocations,       ///< /proc/allocinfo
    free_lists,        ///< /proc/buddyinfo, /proc/pagetypeinfo
    pressure,          ///< /proc/pressure/NAME
    raw,               ///< Only as an artifact.
  } form = Form::names_and_values;
  /// Names that a snapshot leaves out are 0.
  bool sparse() const {
    return form == Form::slabs || form == Form::allocations || form == Form::free_lists;
  }
};

/// The files behind the sheet's `collect` list. Each name of the list gets a state, which says what
/// is missing if this agent does not know it or this kernel cannot give it.
std::vector<CollectorFile> collector_files(const std::vector<std::string>& collect,
                                           std::vector<guest::CollectorState>& states,
                                           const std::string& sysfs = "/sys",
                                           const std::string& proc = "/proc");

/// The numbers of a file's text. Values are as the kernel prints them: pages, kB, bytes, counts,
/// microseconds.
std::map<std::string, double> parse_snapshot(CollectorFile::Form form, std::string_view text);

}  // namespace faultline::agent
