// SPDX-License-Identifier: GPL-2.0-or-later
// For tests: starts a guest that never ends, prints its name, and waits to be killed.
//   leave_a_guest STATE_DIRECTORY KERNEL
#include <unistd.h>

#include <cstdio>

#include "async/test_support.h"
#include "virt/guest_guard.h"
#include "virt/libvirt_hypervisor.h"

namespace faultline {
namespace {

boost::asio::awaitable<void> leave(Hypervisor& hypervisor, GuestMachine machine) {
  const auto guest = co_await hypervisor.start(std::move(machine));
  co_await guest->resume();
  const std::string xml = guest->xml();
  const auto from = xml.find("<name>") + 6;
  std::printf("%s\n", xml.substr(from, xml.find("</name>") - from).c_str());
  std::fflush(stdout);
  co_await guest->wait_end();
}

}  // namespace
}  // namespace faultline

int main(int, char** argv) {
  using namespace faultline;
  LibvirtHypervisor hypervisor({.uri = {}, .state_directory = argv[1], .deadlines = {}});
  GuestMachine machine;
  machine.name = "left-" + std::to_string(::getpid());
  machine.topology.nodes = {{.cpus = 1, .memory = Bytes{64} << 20, .host_node = {}}};
  machine.topology.distances = {{10}};
  machine.accel = Accelerator::tcg;
  machine.kernel = argv[2];
  machine.cmdline = "hang";
  testing::run_to_end(leave(hypervisor, std::move(machine)), std::chrono::seconds(600));
}
