// SPDX-License-Identifier: GPL-2.0-or-later
#include "instrument/plugin.h"

#include <algorithm>
#include <charconv>

#include "base/error.h"
#include "base/files.h"
#include "instrument/elf_file.h"

namespace faultline {
namespace {

std::string hex(std::uint64_t number) {
  char buffer[24];
  const auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, number, 16);
  return std::string(buffer, end);
}

/// QEMU takes options apart at commas; a comma in a value is doubled.
std::string escaped(const std::string& value) {
  std::string text;
  for (const char c : value) {
    if (c == ',') text += c;
    text += c;
  }
  return text;
}

}  // namespace

std::string plugin_argument(const PluginTask& task, const KernelSymbols& symbols) {
  std::string text = escaped(task.plugin.string());
  const auto add = [&](const char* name, const std::string& value) {
    text += std::string(",") + name + "=" + escaped(value);
  };
  add("out", task.out.string());
  std::string cpus;
  for (const unsigned count : task.cpus) cpus += (cpus.empty() ? "" : ":") + std::to_string(count);
  add("cpus", cpus);
  if (!task.functions.empty()) {
    add("functions", task.functions.string());
    add("entry", hex(symbols.entry_begin) + ":" + hex(symbols.entry_end));
  }
  if (!symbols.fault_entries.empty()) {
    std::string faults;
    for (const std::uint64_t entry : symbols.fault_entries)
      faults += (faults.empty() ? "" : ":") + hex(entry);
    add("faults", faults);
  }
  if (task.calls) add("calls", "on");
  if (!task.layout.empty()) add("layout", task.layout.string());
  if (!task.layout.empty() && task.cache_sets != 0)
    add("cache", std::to_string(task.cache_sets) + ":" + std::to_string(task.cache_ways) + ":" +
                     std::to_string(task.cache_line));
  return text;
}

std::string layout_text(const std::vector<NodeMemory>& memory) {
  std::string text;
  for (const NodeMemory& node : memory)
    text += std::to_string(node.node) + " " + hex(node.offset) + " " + hex(node.size) + "\n";
  return text;
}

std::optional<std::string> plugin_obstacle(const std::filesystem::path& qemu) {
  std::string file;
  try {
    file = read_file(qemu);
  } catch (const Error& error) {
    return "QEMU cannot be looked at: " + error.cause();
  }
  const auto elf = ElfFile::open(file);
  if (!elf) return qemu.string() + " is no program";
  const auto symbols = elf->symbols(SHT_DYNSYM);
  const auto offers = [&](std::string_view name) {
    return std::any_of(symbols.begin(), symbols.end(), [&](const ElfFile::Symbol& symbol) {
      return symbol.name == name && symbol.symbol.st_shndx != SHN_UNDEF;
    });
  };
  if (!offers("qemu_plugin_register_vcpu_tb_trans_cb"))
    return qemu.string() + " was built without TCG plugins";
  // The scoreboards came with the interface that has no inline counters of the old form.
  if (offers("qemu_plugin_scoreboard_new") || !offers("qemu_plugin_register_vcpu_insn_exec_inline"))
    return qemu.string() + " has a newer plugin interface than the instrument knows (QEMU 6 to 8)";
  return std::nullopt;
}

}  // namespace faultline
