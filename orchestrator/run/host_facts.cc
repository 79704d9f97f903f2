// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/host_facts.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace faultline {
namespace {

/// The value of the first line "key : value" of a file, or "".
std::string first_value(const char* file, const std::string& key) {
  std::ifstream in(file);
  std::string line;
  while (std::getline(in, line)) {
    if (line.rfind(key, 0) != 0) continue;
    const auto colon = line.find(':');
    if (colon == std::string::npos) continue;
    const auto begin = line.find_first_not_of(" \t", colon + 1);
    return begin == std::string::npos ? "" : line.substr(begin);
  }
  return {};
}

unsigned numa_nodes() {
  unsigned count = 0;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/sys/devices/system/node", error)) {
    const std::string name = entry.path().filename();
    if (name.rfind("node", 0) == 0 && name.size() > 4 && name[4] >= '0' && name[4] <= '9') ++count;
  }
  return count == 0 ? 1 : count;
}

}  // namespace

HostRecord host_record(const HypervisorFacts& hypervisor) {
  HostRecord host;
  host.cpu_model = first_value("/proc/cpuinfo", "model name");
  host.cpus = static_cast<unsigned>(::sysconf(_SC_NPROCESSORS_ONLN));
  const std::string memory = first_value("/proc/meminfo", "MemTotal");
  if (!memory.empty()) host.memory_kib = std::strtoull(memory.c_str(), nullptr, 10);
  host.numa_nodes = numa_nodes();
  utsname names{};
  if (::uname(&names) == 0) host.kernel = std::string(names.sysname) + " " + names.release;
  host.qemu = hypervisor.qemu_version;
  host.libvirt = hypervisor.libvirt_version;
  host.connect_uri = hypervisor.uri;
  return host;
}

}  // namespace faultline
