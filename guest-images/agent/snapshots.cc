// SPDX-License-Identifier: GPL-2.0-or-later
#include "snapshots.h"

#include <algorithm>
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

// "27.2MiB" as bytes; a number without a unit is bytes as well.
std::optional<double> bytes_of(std::string_view word) {
  static constexpr std::pair<std::string_view, double> units[] = {{"KiB", 1024.0},
                                                                  {"MiB", 1048576.0},
                                                                  {"GiB", 1073741824.0},
                                                                  {"TiB", 1099511627776.0},
                                                                  {"B", 1.0}};
  double factor = 1;
  for (const auto& [unit, bytes] : units) {
    if (word.size() <= unit.size() || word.substr(word.size() - unit.size()) != unit) continue;
    factor = bytes;
    word.remove_suffix(unit.size());
    break;
  }
  const auto dot = std::min(word.find('.'), word.size());
  const auto whole = number_of(word.substr(0, dot));
  if (!whole) return std::nullopt;
  if (dot == word.size()) return *whole * factor;
  const std::string_view digits = word.substr(dot + 1);
  const auto part = number_of(digits);
  if (!part || *part < 0) return std::nullopt;
  double scale = 1;
  for (std::size_t i = 0; i < digits.size(); ++i) scale *= 10;
  return (*whole + *part / scale) * factor;
}

// "<size> <calls> <file:line> [module] func:NAME" of allocinfo 1.0, the size in bytes; before that
// "<size with unit> [calls] <file:line> module:FILE func:NAME", where the module is the file's name
// also for what is no module, and so says nothing. Places that hold nothing are left out (most of
// thousands), equal ones are summed.
std::map<std::string, double> allocations(std::string_view text) {
  std::map<std::string, double> values;
  std::string_view line;
  while (take_line(text, line)) {
    const auto size = bytes_of(take_word(line));
    std::string_view after_size = line;
    const auto calls = number_of(take_word(line));
    if (!calls) line = after_size;
    std::string place;
    for (auto word = take_word(line); !word.empty(); word = take_word(line))
      if (word.rfind("module:", 0) != 0) place += (place.empty() ? "" : " ") + std::string(word);
    if (!size || place.find(':') == place.npos) continue;
    if (*size == 0 && calls.value_or(0) == 0) continue;
    values[place + ".bytes"] += *size;
    if (calls) values[place + ".calls"] += *calls;
  }
  return values;
}

// buddyinfo: "Node 0, zone   Normal   216  55 …": free blocks of each order.
// pagetypeinfo: the same with ", type  Unmovable" behind the zone, and "Number of blocks type
// Unmovable  Movable …" as the head of "Node 0, zone  Normal  20  1000 …". Zeros are left out; a
// count that the kernel gave up on (">100000") is taken for what it exceeds.
std::map<std::string, double> free_lists(std::string_view text) {
  std::map<std::string, double> values;
  std::vector<std::string> types;
  std::string_view line;
  while (take_line(text, line)) {
    const std::string_view first = take_word(line);
    if (first == "Number") {
      types.clear();
      for (auto word = take_word(line); !word.empty(); word = take_word(line))
        if (word != "of" && word != "blocks" && word != "type" && word != "mixed")
          types.emplace_back(word);
      continue;
    }
    if (first != "Node") continue;
    std::string_view node = take_word(line);
    if (!node.empty() && node.back() == ',') node.remove_suffix(1);
    take_word(line);  // "zone"
    std::string_view zone = take_word(line);
    if (!zone.empty() && zone.back() == ',') zone.remove_suffix(1);
    std::string name = "node" + std::string(node) + '.' + std::string(zone);
    std::string_view rest = line;
    const bool of_type = take_word(rest) == "type";
    if (of_type) {
      name += '.' + std::string(take_word(rest));
      line = rest;
    }
    std::size_t column = 0;
    for (auto word = take_word(line); !word.empty(); word = take_word(line), ++column) {
      if (word.front() == '>') word.remove_prefix(1);
      const auto count = number_of(word);
      if (!count || *count == 0) continue;
      const std::string what = of_type || types.empty() ? "order" + std::to_string(column)
                               : column < types.size()  ? types[column] + ".blocks"
                                                        : "";
      if (!what.empty()) values[name + '.' + what] = *count;
    }
  }
  return values;
}

// "some avg10=0.00 avg60=0.00 avg300=0.00 total=1234": the sum of stalls, in microseconds. The
// averages are of the last seconds, whatever the step did.
std::map<std::string, double> pressure(std::string_view text) {
  std::map<std::string, double> values;
  std::string_view line;
  while (take_line(text, line)) {
    const std::string kind(take_word(line));
    const auto at = line.find("total=");
    if (kind.empty() || at == line.npos) continue;
    line.remove_prefix(at + 6);
    if (const auto total = number_of(take_word(line))) values[kind + ".total_us"] = *total;
  }
  return values;
}

/// Finds the files of one collector, and what is missing.
class Finder {
 public:
  Finder(std::vector<CollectorFile>& files, const std::string& sysfs, const std::string& proc)
      : files_(files), sysfs_(sysfs), proc_(proc) {}

  /// "" or what is missing.
  std::string find(const std::string& name) {
    if (name == "vmstat") return vmstat();
    if (name == "meminfo") return file(name, Form::names_and_values);
    if (name == "node_meminfo") return nodes("meminfo");
    if (name == "node_vmstat") return nodes("vmstat");
    if (name == "numastat") return nodes("numastat");
    if (name == "slabinfo") return file(name, Form::slabs);
    if (name == "allocinfo") return allocinfo();
    if (name == "buddyinfo" || name == "pagetypeinfo") return file(name, Form::free_lists);
    if (name == "pressure") return pressures();
    if (name == "zoneinfo" || name == "vmallocinfo" || name == "interrupts")
      return file(name, Form::raw);
    return "not known to this agent";
  }

 private:
  std::string add(CollectorFile file) {
    // Reading tells more than its rights: pressure that is compiled in may be switched off.
    if (!read_small_file(file.path, 1)) return "this kernel has no " + file.path;
    files_.push_back(std::move(file));
    return "";
  }
  std::string file(const std::string& name, Form form) {
    return add({name, proc_ + "/" + name, form});
  }
  /// With what patch series count, each in a file of its own; see kernel-patches/README.md.
  std::string vmstat() {
    std::string problem = file("vmstat", Form::names_and_values);
    const std::string folder = sysfs_ + "/kernel/debug";
    for (const std::string& name : list_folder(folder))
      if (name.ends_with("_counters")) add({name, folder + "/" + name, Form::names_and_values});
    return problem;
  }
  std::string allocinfo() {
    const auto enabled = read_small_file(proc_ + "/sys/vm/mem_profiling");
    if (enabled && trimmed(*enabled) == "0")
      return "memory profiling is off: add sysctl.vm.mem_profiling=1 to the kernel's cmdline";
    return file("allocinfo", Form::allocations);
  }
  std::string nodes(const std::string& file) {
    const std::string folder = sysfs_ + "/devices/system/node";
    std::string problem = "this kernel has no " + folder;
    for (const std::string& node : list_folder(folder)) {
      if (node.size() < 5 || node.rfind("node", 0) != 0 || node[4] < '0' || node[4] > '9') continue;
      problem = add({node + "/" + file, folder + "/" + node + "/" + file, Form::names_and_values});
      if (!problem.empty()) break;
    }
    return problem;
  }
  std::string pressures() {
    std::string problem = "this kernel has no " + proc_ + "/pressure";
    for (const std::string& resource : list_folder(proc_ + "/pressure")) {
      problem = add({"pressure/" + resource, proc_ + "/pressure/" + resource, Form::pressure});
      if (!problem.empty()) break;
    }
    return problem;
  }

  std::vector<CollectorFile>& files_;
  const std::string& sysfs_;
  const std::string& proc_;
};

}  // namespace

std::vector<CollectorFile> collector_files(const std::vector<std::string>& collect,
                                           std::vector<guest::CollectorState>& states,
                                           const std::string& sysfs, const std::string& proc) {
  std::vector<CollectorFile> files;
  Finder finder(files, sysfs, proc);
  for (const std::string& name : collect) states.push_back({name, false, finder.find(name)});
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
    case Form::free_lists:
      return free_lists(text);
    case Form::pressure:
      return pressure(text);
    case Form::raw:
      break;
  }
  return {};
}

}  // namespace faultline::agent
