// SPDX-License-Identifier: GPL-2.0-or-later
#include "topology.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <map>

#include "small_files.h"

namespace faultline::agent {
namespace {

constexpr unsigned max_cpu = 8191;

template <typename T>
bool whole_number(std::string_view text, T& value) {
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && stop == text.data() + text.size() && !text.empty();
}

// "Node 0, zone    DMA32" begins a zone in /proc/zoneinfo; "        present  65406" are its pages.
std::map<unsigned, std::uint64_t> memory_of_nodes(std::string_view zoneinfo) {
  const auto page_kib = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) / 1024;
  std::map<unsigned, std::uint64_t> kib;
  unsigned node = 0;
  std::string_view line;
  while (take_line(zoneinfo, line)) {
    const std::string_view word = take_word(line);
    std::uint64_t pages = 0;
    if (word == "Node") {
      std::string_view number = take_word(line);
      if (number.ends_with(',')) number.remove_suffix(1);
      whole_number(number, node);
    } else if (word == "present" && whole_number(take_word(line), pages)) {
      kib[node] += pages * page_kib;
    }
  }
  return kib;
}

std::string one_node_distances(const std::vector<unsigned>& row) {
  std::string text;
  for (const unsigned distance : row) {
    if (!text.empty()) text += ' ';
    text += std::to_string(distance);
  }
  return text;
}

std::string cpus_or_none(const std::vector<unsigned>& cpus) {
  return cpus.empty() ? "no CPUs" : "CPUs " + format_cpu_list(cpus);
}

}  // namespace

std::vector<unsigned> parse_cpu_list(std::string_view list) {
  std::vector<unsigned> cpus;
  list = trimmed(list);
  while (!list.empty()) {
    const auto comma = std::min(list.find(','), list.size());
    const auto part = list.substr(0, comma);
    list.remove_prefix(std::min(comma + 1, list.size()));
    const auto dash = part.find('-');
    unsigned first = 0;
    unsigned last = 0;
    if (!whole_number(part.substr(0, dash), first)) continue;
    last = first;
    if (dash != part.npos && !whole_number(part.substr(dash + 1), last)) continue;
    for (unsigned cpu = first; cpu <= last && cpu <= max_cpu; ++cpu) cpus.push_back(cpu);
  }
  return cpus;
}

std::string format_cpu_list(const std::vector<unsigned>& cpus) {
  std::string text;
  for (std::size_t i = 0; i < cpus.size();) {
    std::size_t end = i + 1;
    while (end < cpus.size() && cpus[end] == cpus[end - 1] + 1) ++end;
    if (!text.empty()) text += ',';
    text += std::to_string(cpus[i]);
    if (end - i > 1) text += '-' + std::to_string(cpus[end - 1]);
    i = end;
  }
  return text;
}

bool plausible_memory(std::uint64_t asked_kib, std::uint64_t found_kib) {
  constexpr std::uint64_t firmware_kib = 4 * 1024;
  return found_kib <= asked_kib && found_kib + firmware_kib >= asked_kib;
}

guest::TopologyResult read_topology(const std::string& sysfs, const std::string& proc) {
  guest::TopologyResult found;
  const std::string folder = sysfs + "/devices/system/node";
  std::vector<unsigned> numbers;
  for (const std::string& name : list_folder(folder)) {
    unsigned number = 0;
    if (name.rfind("node", 0) == 0 && whole_number(std::string_view(name).substr(4), number))
      numbers.push_back(number);
  }
  std::sort(numbers.begin(), numbers.end());
  auto memory = memory_of_nodes(read_small_file(proc + "/zoneinfo").value_or(""));
  for (const unsigned number : numbers) {
    const std::string node = folder + "/node" + std::to_string(number);
    found.nodes.push_back(
        {parse_cpu_list(read_small_file(node + "/cpulist").value_or("")), memory[number]});
    const std::string text = read_small_file(node + "/distance").value_or("");
    std::string_view rest = trimmed(text);
    auto& row = found.distances.emplace_back();
    for (auto word = take_word(rest); !word.empty(); word = take_word(rest)) {
      unsigned distance = 0;
      whole_number(word, distance);
      row.push_back(distance);
    }
  }
  if (found.nodes.empty()) {
    found.nodes.push_back(
        {parse_cpu_list(read_small_file(sysfs + "/devices/system/cpu/online").value_or("")),
         memory[0]});
    found.distances = {{10}};
  }
  return found;
}

void compare_topology(const guest::RunSheet& asked, guest::TopologyResult& found) {
  auto& differences = found.differences;
  if (!asked.nodes.empty()) {
    if (asked.nodes.size() != found.nodes.size())
      differences.push_back("the guest has " + std::to_string(found.nodes.size()) +
                            " nodes, asked " + std::to_string(asked.nodes.size()));
    const std::size_t common = std::min(asked.nodes.size(), found.nodes.size());
    for (std::size_t i = 0; i < common; ++i) {
      const guest::SheetNode& want = asked.nodes[i];
      const guest::SheetNode& have = found.nodes[i];
      const std::string name = "node " + std::to_string(i);
      std::vector<unsigned> sorted = want.cpus;
      std::sort(sorted.begin(), sorted.end());
      if (sorted != have.cpus)
        differences.push_back(name + " has " + cpus_or_none(have.cpus) + ", asked " +
                              cpus_or_none(sorted));
      if (!plausible_memory(want.memory_kib, have.memory_kib))
        differences.push_back(name + " has " + std::to_string(have.memory_kib) +
                              " KiB of memory, asked " + std::to_string(want.memory_kib));
    }
    for (std::size_t i = 0; i < std::min(asked.distances.size(), found.distances.size()); ++i)
      if (asked.distances[i] != found.distances[i])
        differences.push_back("node " + std::to_string(i) + " has distances " +
                              one_node_distances(found.distances[i]) + ", asked " +
                              one_node_distances(asked.distances[i]));
  }
  found.ok = differences.empty();
}

}  // namespace faultline::agent
