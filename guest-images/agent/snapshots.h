// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace faultline::agent {

/// One file that a collector stands for.
struct CollectorFile {
  std::string source;  ///< Name in events and artifacts: "vmstat", "node0/meminfo".
  std::string path;
  enum class Form {
    names_and_values,  ///< "name value" or "name: value kB" a line.
    slabs,             ///< /proc/slabinfo
    allocations,       ///< /proc/allocinfo
    raw,               ///< Only as an artifact.
  } form = Form::names_and_values;
};

/// The files behind the sheet's `collect` list. Names that this agent does not know, and files
/// that this kernel does not have, become sentences in `notes`.
std::vector<CollectorFile> collector_files(const std::vector<std::string>& collect,
                                           std::vector<std::string>& notes,
                                           const std::string& sysfs = "/sys",
                                           const std::string& proc = "/proc");

/// The numbers of a file's text. Values are as the kernel prints them: pages, kB, bytes, counts.
std::map<std::string, double> parse_snapshot(CollectorFile::Form form, std::string_view text);

}  // namespace faultline::agent
