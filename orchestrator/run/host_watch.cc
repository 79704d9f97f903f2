// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/host_watch.h"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <sstream>
#include <vector>

namespace faultline {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kInterval{1};
constexpr unsigned kLooksBetweenGuests = 10;  ///< Reading all of /proc is the dear part.

/// What can be read of it. A process may end between the open and the read, which then fails: the
/// insertion catches what the stream's buffer throws of that.
std::string contents(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

/// Empty where it cannot be read; a plain loop over a directory_iterator throws halfway.
std::vector<fs::path> entries(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
    found.push_back(at->path());
  return found;
}

/// User and system time of a process, in ticks (proc(5): fields 14 and 15, counted behind the
/// name's closing bracket, which may hold anything). Nothing if it is gone.
std::optional<double> process_ticks(const fs::path& stat) {
  const std::string text = contents(stat);
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream fields(text.substr(name_end + 1));
  std::string skipped;
  for (int field = 3; field < 14; ++field) fields >> skipped;
  double user = 0;
  double system = 0;
  if (!(fields >> user >> system)) return std::nullopt;
  return user + system;
}

std::optional<double> number_in(const fs::path& file) {
  std::ifstream in(file);
  double value = 0;
  return in >> value ? std::optional(value) : std::nullopt;
}

}  // namespace

HostWatch::HostWatch(std::string guest, const Clock& clock, fs::path root)
    : guest_(std::move(guest)), clock_(clock), root_(std::move(root)), next_look_(clock.steady()) {}

void HostWatch::look() {
  const SteadyTime now = clock_.steady();
  if (now < next_look_) return;
  next_look_ = now + kInterval;
  if (qemu_ == 0 || looks_ % kLooksBetweenGuests == 0) look_at_guests();
  ++looks_;
  read_frequency();
  if (const auto ticks = read_ticks()) {
    if (last_ && last_->guest_there && ticks->guest_there) {
      seen_.all += ticks->all - last_->all;
      seen_.busy += ticks->busy - last_->busy;
      seen_.steal += ticks->steal - last_->steal;
      seen_.ours += ticks->ours - last_->ours;
    }
    last_ = ticks;
  }
  // "some avg10=0.00 avg60=0.00 avg300=0.00 total=12345" (Documentation/accounting/psi.rst)
  const std::string pressure = contents(root_ / "proc/pressure/memory");
  if (const std::size_t total = pressure.find("total=");
      pressure.starts_with("some ") && total != std::string::npos) {
    pressure_last_us_ = std::strtod(pressure.c_str() + total + 6, nullptr);
    pressure_last_at_ = now;
    if (!pressure_first_us_) {
      pressure_first_us_ = pressure_last_us_;
      pressure_first_at_ = now;
    }
  }
}

std::optional<HostWatch::Ticks> HostWatch::read_ticks() {
  std::istringstream line(contents(root_ / "proc/stat"));
  std::string cpu;
  double user = 0, nice = 0, system = 0, idle = 0, wait = 0, irq = 0, softirq = 0, steal = 0;
  if (!(line >> cpu >> user >> nice >> system >> idle >> wait >> irq >> softirq >> steal))
    return std::nullopt;
  Ticks ticks;
  ticks.busy = user + nice + system + irq + softirq;
  ticks.steal = steal;
  ticks.all = ticks.busy + idle + wait + steal;
  ticks.ours = process_ticks(root_ / "proc/self/stat").value_or(0);
  if (qemu_ != 0)
    if (const auto guest = process_ticks(root_ / "proc" / std::to_string(qemu_) / "stat")) {
      ticks.ours += *guest;
      ticks.guest_there = true;
    }
  return ticks;
}

void HostWatch::read_frequency() {
  std::optional<double> fastest;
  for (const fs::path& cpu : entries(root_ / "sys/devices/system/cpu")) {
    const fs::path folder = cpu / "cpufreq";
    const auto now = number_in(folder / "scaling_cur_freq");
    const auto most = number_in(folder / "cpuinfo_max_freq");
    if (now && most && *most > 0) fastest = std::max(fastest.value_or(0), *now / *most);
  }
  if (fastest) slowest_ = std::min(slowest_.value_or(*fastest), *fastest);
}

void HostWatch::look_at_guests() {
  unsigned others = 0;
  qemu_ = 0;
  for (const fs::path& process : entries(root_ / "proc")) {
    const std::string name = process.filename();
    if (!std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isdigit(c); }))
      continue;
    const std::string command = contents(process / "cmdline");
    const std::string program = fs::path(command.substr(0, command.find('\0'))).filename();
    if (!program.starts_with("qemu-system-") && program != "kvm") continue;
    if (qemu_ == 0 && command.find(guest_) != std::string::npos)
      qemu_ = static_cast<pid_t>(std::strtol(name.c_str(), nullptr, 10));
    else
      ++others;
  }
  other_guests_ = std::max(other_guests_, others);
}

BootConditions HostWatch::conditions() const {
  BootConditions found;
  if (looks_ > 0) found["other_guests"] = other_guests_;
  if (seen_.all > 0) {
    found["host_load"] = std::clamp((seen_.busy - seen_.ours) / seen_.all, 0.0, 1.0);
    found["steal"] = std::clamp(seen_.steal / seen_.all, 0.0, 1.0);
  }
  if (slowest_) found["frequency_drop"] = std::clamp(1 - *slowest_, 0.0, 1.0);
  if (pressure_first_us_ && pressure_last_at_ > pressure_first_at_)
    found["memory_pressure"] = std::clamp(
        (pressure_last_us_ - *pressure_first_us_) / 1e6 /
            std::chrono::duration<double>(pressure_last_at_ - pressure_first_at_).count(),
        0.0, 1.0);
  return found;
}

}  // namespace faultline
