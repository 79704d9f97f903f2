// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/doctor_checks.h"

#include <fmt/format.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <thread>

#include "base/error.h"
#include "image/debian_disk.h"
#include "kernel/cached_kernel.h"
#include "run/instrumented_boot.h"
#include "run/prepared_arms.h"

namespace faultline {
namespace {

namespace fs = std::filesystem;
using boost::asio::awaitable;
using State = DoctorFinding::State;

constexpr double gib = 1024.0 * 1024 * 1024;
/// A source tree, an object tree and a few kernels.
constexpr double wanted_disk_gib = 8;
/// The quickstart's guests and a compiler beside them.
constexpr double wanted_memory_gib = 3;

bool in_path(const std::string& program) {
  const char* path = std::getenv("PATH");  // NOLINT(concurrency-mt-unsafe): nothing sets it
  std::string folders = path == nullptr ? "" : path;
  for (std::size_t begin = 0; begin <= folders.size();) {
    const std::size_t end = std::min(folders.find(':', begin), folders.size());
    if (::access((folders.substr(begin, end - begin) + "/" + program).c_str(), X_OK) == 0)
      return true;
    begin = end + 1;
  }
  return false;
}

std::string first_line(const char* file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  return line;
}

DoctorFinding programs() {
  static constexpr std::pair<const char*, const char*> needed[] = {
      {"gcc", "build-essential"},
      {"make", "build-essential"},
      {"flex", "flex"},
      {"bison", "bison"},
      {"bc", "bc"},
      {"git", "git"},
      {"xz", "xz-utils"},
      {"cpio", "cpio"},
      {"qemu-system-x86_64", "qemu-system-x86"}};
  std::string missing;
  for (const auto& [program, package] : needed)
    if (!in_path(program) && missing.find(package) == std::string::npos)
      missing += std::string(" ") + package;
  if (missing.empty()) return {State::good, "programs", "all that builds and boots kernels", ""};
  return {State::bad, "programs", "missing:" + missing, "apt-get install" + missing};
}

DoctorFinding optional_ccache() {
  if (in_path("ccache")) return {State::good, "ccache", "will be used", ""};
  return {State::warning, "ccache", "not installed: every kernel compiles from scratch",
          "apt-get install ccache"};
}

DoctorFinding kernel_source() {
  const fs::path tarball = "/usr/src/linux-source-6.12.tar.xz";
  if (fs::exists(tarball)) return {State::good, "kernel source", tarball.string(), ""};
  return {State::warning, "kernel source", "no " + tarball.string() + " (debian: sources need it)",
          "apt-get install linux-source-6.12"};
}

DoctorFinding guest_parts(const Locations& locations) {
  if (!fs::exists(locations.busybox))
    return {State::bad, "guest parts", "no " + locations.busybox.string(),
            "apt-get install busybox-static"};
  if (!fs::exists(locations.guest / "agent"))
    return {State::bad, "guest parts", "no agent in " + locations.guest.string(),
            "scripts/build release guest_parts"};
  return {State::good, "guest parts", locations.guest.string(), ""};
}

DoctorFinding debian_image() {
  std::string missing;
  for (const std::string& package : missing_debian_tools()) missing += " " + package;
  if (missing.empty()) return {State::good, "Debian image", "can be made", ""};
  return {State::warning, "Debian image",
          "missing:" + missing + " (stress-ng and perf in guests need it)",
          "apt-get install" + missing};
}

DoctorFinding disk(const Locations& locations) {
  std::error_code error;
  const fs::space_info space = fs::space(locations.cache, error);
  if (error)
    return {State::bad, "disk", locations.cache.string() + ": " + error.message(),
            "give another folder with FAULTLINE_CACHE=DIR"};
  const double free = static_cast<double>(space.available) / gib;
  DoctorFinding finding{State::good, "disk",
                        fmt::format("{:.1f} GiB free for {}", free, locations.cache.string()), ""};
  if (free < wanted_disk_gib) {
    finding.state = free < 1 ? State::bad : State::warning;
    finding.fix = "a kernel build wants 8 GiB; 'faultline gc' frees what is old";
  }
  if (::access(locations.cache.c_str(), W_OK) != 0) {
    finding.state = State::bad;
    finding.found += ", which cannot be written";
    finding.fix = "chown it, or give another folder with FAULTLINE_CACHE=DIR";
  }
  return finding;
}

DoctorFinding memory() {
  struct sysinfo info {};
  ::sysinfo(&info);
  std::ifstream in("/proc/meminfo");
  std::string key;
  double available = 0;
  for (double value = 0; in >> key >> value; in.ignore(256, '\n'))
    if (key == "MemAvailable:") available = value / 1024 / 1024;
  DoctorFinding finding{State::good, "memory", fmt::format("{:.1f} GiB available", available), ""};
  if (available < wanted_memory_gib) {
    finding.state = State::warning;
    finding.fix = "guests that swap on the host measure its disk; close something";
  }
  return finding;
}

DoctorFinding processors() {
  const unsigned cpus = std::thread::hardware_concurrency();
  double load = 0;
  if (::getloadavg(&load, 1) != 1) load = 0;
  DoctorFinding finding{State::good, "processors", fmt::format("{}, load {:.2f}", cpus, load), ""};
  if (load > 0.5 * cpus) {
    finding.state = State::warning;
    finding.fix = "something else is running: times will be noisy (accel: icount does not care)";
  }
  return finding;
}

DoctorFinding governor() {
  const std::string governor = first_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
  if (governor.empty()) return {State::good, "cpu governor", "none on this host", ""};
  if (governor == "performance") return {State::good, "cpu governor", governor, ""};
  return {State::warning, "cpu governor", governor,
          "cpupower frequency-set -g performance (times drift with the frequency)"};
}

awaitable<DoctorFinding> libvirt_works(Runtime& runtime, HypervisorFacts& facts) {
  DoctorFinding finding;
  finding.what = "libvirt";
  try {
    facts = co_await runtime.hypervisor().facts();
    finding.found =
        fmt::format("{} at {}, QEMU {}", facts.libvirt_version, facts.uri, facts.qemu_version);
  } catch (const Error& error) {
    finding.state = State::bad;
    finding.found = error.cause();
    finding.fix =
        error.hint().empty() ? "apt-get install libvirt-daemon qemu-system-x86" : error.hint();
  }
  co_return finding;
}

/// Proves KVM with a kernel of the cache.
awaitable<DoctorFinding> kvm_works(Runtime& runtime, const HypervisorFacts& facts) {
  DoctorFinding finding{State::warning, "KVM", "", ""};
  const char* emulated = "guests will be emulated (TCG): compare counts and ratios, not times";
  if (!facts.kvm_device) {
    finding.found = "/dev/kvm does not open; " + std::string(emulated);
    finding.fix = "load kvm_intel or kvm_amd, join the group kvm, allow nesting in a cloud guest";
    co_return finding;
  }
  const RunFolders folders = runtime.folders();
  const std::optional<KernelArtifact> kernel =
      co_await open_newest_cached_kernel(CacheLayout(folders.cache));
  if (!kernel) {
    finding.found = "/dev/kvm opens, which proves nothing yet";
    finding.fix = "faultline build experiments/quickstart.yaml, then doctor again";
    co_return finding;
  }
  try {
    PreparedArm arm{
        *kernel,
        build_image(minimal_image(folders.busybox, {folders.guest_parts, kernel->modules, {}}),
                    folders.cache),
        {}};
    const ChosenAccelerator chosen = co_await choose_accelerator(
        runtime.hypervisor(), runtime.clock(), folders, Accelerator::automatic, arm);
    finding.found = chosen.reason;
    if (chosen.accel == Accelerator::kvm) {
      finding.state = State::good;
    } else {
      finding.found += "; " + std::string(emulated);
      finding.fix = "use a host whose KVM runs guests, or leave it: 'accel: auto' copes";
    }
  } catch (const Error& error) {
    finding.state = State::bad;
    finding.found = error.what();
    finding.fix = error.hint();
  }
  co_return finding;
}

/// Whether QEMU can count what a guest executes (docs/instrument.md).
DoctorFinding instrument_works(const HypervisorFacts& facts, const RunFolders& folders) {
  DoctorFinding finding{State::good, "instrument", facts.qemu_binary + " has TCG plugins", ""};
  try {
    check_instrument(facts, folders);
  } catch (const Error& error) {
    finding.state = State::warning;
    finding.found = error.cause();
    finding.fix = error.hint();
  }
  return finding;
}

}  // namespace

awaitable<std::vector<DoctorFinding>> doctor_findings(Runtime& runtime,
                                                      const Locations& locations) {
  std::vector<DoctorFinding> findings{
      programs(),     optional_ccache(), kernel_source(), guest_parts(locations),
      debian_image(), disk(locations),   memory(),        processors(),
      governor()};
  HypervisorFacts facts;
  findings.push_back(co_await libvirt_works(runtime, facts));
  if (findings.back().state == State::bad) co_return findings;
  findings.push_back(co_await kvm_works(runtime, facts));
  findings.push_back(instrument_works(facts, runtime.folders()));
  co_return findings;
}

}  // namespace faultline
