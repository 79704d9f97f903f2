// SPDX-License-Identifier: GPL-2.0-or-later
#include "snapshots.h"

#include <unistd.h>

#include <charconv>
#include <optional>

#include "small_files.h"

namespace faultline::agent {
namespace {

using Form = CollectorFile::Form;

std::optional<double> number_of(std::string_view word) {
  long long value = 0;
  const auto [stop, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc{} || stop != word.data() + word.size()) return std::nullopt;
  return static_cast<double>(value);
}

std::map<std::string, double> names_and_values(std::string_view text) {
  std::map<std::string, double> values;
  std::string_view line;
  while (take_line(text, line)) {
    std::string_view name = take_word(line);
    if (name == "Node") {  // "Node 0 MemTotal:  1000 kB"
      take_word(line);
      name = take_word(line);
    }
    if (!name.empty() && name.back() == ':') name.remove_suffix(1);
    const auto value = number_of(take_word(line));
    if (value && !name.empty()) values.emplace(name, *value);
  }
  return values;
}

// "name <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : tunables … : slabdata
// <active_slabs> <num_slabs> <sharedavail>"
std::map<std::string, double> slabs(std::string_view text) {
  std::map<std::string, double> values;
  std::string_view line;
  while (take_line(text, line)) {
    const std::string name(take_word(line));
    if (name.empty() || name == "slabinfo" || name.front() == '#') continue;
    const auto active = number_of(take_word(line));
    const auto total = number_of(take_word(line));
    const auto size = number_of(take_word(line));
    if (!active || !total || !size) continue;
    values[name + ".active_objs"] = *active;
    values[name + ".num_objs"] = *total;
    values[name + ".objsize"] = *size;
  }
  return values;
}

// "<size> <calls> <file:line> [module] func:NAME" of allocinfo 1.0; the size is in bytes. Places
// that hold nothing are left out (most of thousands), equal ones are summed.
std::map<std::string, double> allocations(std::string_view text) {
  std::map<std::string, double> values;
  std::string_view line;
  while (take_line(text, line)) {
    const auto size = number_of(take_word(line));
    const auto calls = number_of(take_word(line));
    const std::string place(trimmed(line));
    if (!size || !calls || place.empty() || (*size == 0 && *calls == 0)) continue;
    values[place + ".bytes"] += *size;
    values[place + ".calls"] += *calls;
  }
  return values;
}

}  // namespace

std::vector<CollectorFile> collector_files(const std::vector<std::string>& collect,
                                           std::vector<std::string>& notes,
                                           const std::string& sysfs, const std::string& proc) {
  std::vector<CollectorFile> files;
  const auto add = [&](CollectorFile file) {
    if (::access(file.path.c_str(), R_OK) == 0)
      files.push_back(std::move(file));
    else
      notes.push_back("collector " + file.source + ": this kernel has no " + file.path);
  };
  const auto add_nodes = [&](const std::string& file) {
    const std::string folder = sysfs + "/devices/system/node";
    bool any = false;
    for (const std::string& node : list_folder(folder)) {
      if (node.size() < 5 || node.rfind("node", 0) != 0 || node[4] < '0' || node[4] > '9') continue;
      add({node + "/" + file, folder + "/" + node + "/" + file, Form::names_and_values});
      any = true;
    }
    if (!any) notes.push_back("collector " + file + " of nodes: this kernel has no " + folder);
  };
  // What patch series count, each in a file of its own; see kernel-patches/README.md.
  const auto add_counters_of_series = [&] {
    const std::string folder = sysfs + "/kernel/debug";
    for (const std::string& file : list_folder(folder))
      if (file.ends_with("_counters")) add({file, folder + "/" + file, Form::names_and_values});
  };
  for (const std::string& name : collect) {
    if (name == "vmstat" || name == "meminfo") {
      add({name, proc + "/" + name, Form::names_and_values});
      if (name == "vmstat") add_counters_of_series();
    } else if (name == "node_meminfo")
      add_nodes("meminfo");
    else if (name == "numastat" || name == "node_vmstat")
      add_nodes(name == "numastat" ? "numastat" : "vmstat");
    else if (name == "slabinfo")
      add({name, proc + "/slabinfo", Form::slabs});
    else if (name == "allocinfo")
      add({name, proc + "/allocinfo", Form::allocations});
    else if (name == "buddyinfo" || name == "pagetypeinfo" || name == "zoneinfo" ||
             name == "vmallocinfo" || name == "interrupts")
      add({name, proc + "/" + name, Form::raw});
    else
      notes.push_back("collector " + name + " is not known to this agent");
  }
  return files;
}

std::map<std::string, double> parse_snapshot(Form form, std::string_view text) {
  switch (form) {
    case Form::names_and_values:
      return names_and_values(text);
    case Form::slabs:
      return slabs(text);
    case Form::allocations:
      return allocations(text);
    case Form::raw:
      break;
  }
  return {};
}

}  // namespace faultline::agent
