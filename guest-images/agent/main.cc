// SPDX-License-Identifier: GPL-2.0-or-later
// PID 1 of every guest: reads the run sheet, does what it says, tells the host, powers off.
// docs/protocol.md describes both ends.

#include <fcntl.h>
#include <signal.h>
#include <sys/utsname.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <exception>
#include <string>

#include "artifacts.h"
#include "clocks.h"
#include "event_sink.h"
#include "guest/run_sheet.h"
#include "ports.h"
#include "root_disk.h"
#include "session.h"
#include "small_files.h"
#include "system.h"

namespace faultline::agent {
namespace {

constexpr std::uint64_t second = 1'000'000'000;
constexpr std::uint64_t port_wait = 10 * second;
constexpr std::uint64_t watchdog_grace = 5 * second;  // for ending a step, bye and the flush
constexpr std::size_t max_sheet = std::size_t{16} << 20;

// For a person who reads the console of a guest that said nothing.
[[noreturn]] void give_up(const std::string& why) {
  write_all(2, "faultline agent: " + why + "\n");
  power_off();
}

guest::RunSheet read_sheet() {
  const auto text = read_small_file(guest::run_sheet_path, max_sheet);
  if (!text) give_up(std::string(guest::run_sheet_path) + ": " + std::strerror(errno));
  try {
    return guest::run_sheet_from_json(*text);
  } catch (const std::exception& error) {
    give_up(std::string(guest::run_sheet_path) + ": " + error.what());
  }
}

std::uint64_t after(std::uint64_t start, std::uint64_t duration) {
  return duration > no_deadline - 1 - start ? no_deadline : start + duration;
}

guest::Hello hello(const guest::RunSheet& sheet) {
  guest::Hello hello;
  hello.boot_id = sheet.boot_id;
  utsname name{};
  ::uname(&name);
  hello.kernel_release = name.release;
  hello.cmdline = trimmed(read_small_file("/proc/cmdline").value_or(""));
  return hello;
}

// Kept events leave by the console, in a terminal mode that changes no byte.
void print_kept(EventSink& events) {
  const int fd = ::open("/dev/ttyS0", O_WRONLY | O_NOCTTY | O_CLOEXEC);
  if (fd < 0) give_up(std::string("/dev/ttyS0: ") + std::strerror(errno));
  termios mode{};
  if (::tcgetattr(fd, &mode) == 0) {
    ::cfmakeraw(&mode);
    ::tcsetattr(fd, TCSADRAIN, &mode);
  }
  quiet_console(true);
  write_all(fd, "\n");
  events.write_to_console(fd);
  ::tcdrain(fd);
  quiet_console(false);
  ::close(fd);
}

void run(const guest::RunSheet& sheet, std::uint64_t started) {
  const bool stream = sheet.events == "stream";
  const std::uint64_t deadline =
      sheet.lifetime_ms == 0
          ? no_deadline
          : after(started, std::min(sheet.lifetime_ms, no_deadline / 2'000'000) * 1'000'000);
  int port = -1;
  if (stream) {
    const std::string node =
        wait_for_port(guest::event_port, std::min(deadline, after(started, port_wait)));
    if (node.empty()) give_up(std::string("no virtio-serial port ") + guest::event_port);
    port = ::open(node.c_str(), O_WRONLY | O_CLOEXEC);
    if (port < 0) give_up(node + ": " + std::strerror(errno));
  }
  EventSink events = stream ? EventSink::to_port(port) : EventSink::to_memory();
  events.emit(hello(sheet));
  // Not before the hello: the host waits for that one, and ends a guest that never says it.
  if (deadline != no_deadline) start_watchdog(after(deadline, watchdog_grace));
  const std::string problem = sheet.root.empty() ? "" : switch_to_disk(sheet.root);
  if (!problem.empty()) events.emit(guest::Note{"the image: " + problem});
  mount_rest();
  const std::string artifact_node = find_port(guest::artifact_port);
  Artifacts artifacts(artifact_node.empty() ? Artifacts::Mode::none
                      : stream              ? Artifacts::Mode::stream
                                            : Artifacts::Mode::buffer,
                      artifact_node);
  const std::string reason =
      problem.empty() ? Session(sheet, events, artifacts, deadline).run() : "error";
  if (stream) artifacts.finish();
  events.emit(guest::Bye{reason});
  if (stream)
    flush_port(port, "\n");
  else
    print_kept(events);
  if (!stream) artifacts.finish();
}

}  // namespace
}  // namespace faultline::agent

int main() {
  using namespace faultline::agent;
  const std::uint64_t started = monotonic_ns();
  // Signals would only end the init of a guest early; SIGCHLD is read where processes are run.
  sigset_t blocked;
  sigfillset(&blocked);
  sigdelset(&blocked, SIGSEGV);
  sigdelset(&blocked, SIGBUS);
  sigdelset(&blocked, SIGILL);
  sigdelset(&blocked, SIGFPE);
  sigdelset(&blocked, SIGABRT);
  ::sigprocmask(SIG_SETMASK, &blocked, nullptr);
  mount_first();
  for (int fd = 0; fd < 3; ++fd)
    if (::fcntl(fd, F_GETFD) < 0) ::open("/dev/null", O_RDWR);
  run(read_sheet(), started);
  power_off();
}
