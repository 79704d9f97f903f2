// SPDX-License-Identifier: GPL-2.0-or-later
#include "ports.h"

#include <time.h>

#include "clocks.h"
#include "small_files.h"

namespace faultline::agent {

std::string find_port(std::string_view name, const std::string& sysfs) {
  const std::string folder = sysfs + "/class/virtio-ports";
  for (const std::string& port : list_folder(folder)) {
    const auto found = read_small_file(folder + "/" + port + "/name", 256);
    if (found && trimmed(*found) == name) return "/dev/" + port;
  }
  return {};
}

std::string wait_for_port(std::string_view name, std::uint64_t deadline) {
  for (;;) {
    std::string port = find_port(name);
    if (!port.empty() || monotonic_ns() >= deadline) return port;
    const timespec pause{0, 1'000'000};
    ::nanosleep(&pause, nullptr);
  }
}

void flush_port(int fd, std::string_view padding) {
  constexpr int queue_length = 128;  // of QEMU's virtio-serial ports
  for (int i = 0; i <= queue_length; ++i)
    if (write_all(fd, padding) != 0) return;
}

}  // namespace faultline::agent
