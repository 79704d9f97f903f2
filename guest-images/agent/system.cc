// SPDX-License-Identifier: GPL-2.0-or-later
#include "system.h"

#include <fcntl.h>
#include <net/if.h>
#include <pthread.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "clocks.h"
#include "small_files.h"

namespace faultline::agent {
namespace {

// Actions of syslog(2), which has no names for them.
constexpr int syslog_read_all = 3;
constexpr int syslog_console_level = 8;
constexpr int syslog_size_buffer = 10;
constexpr int emergencies_only = 1;

std::uint64_t watchdog_deadline = no_deadline;
int previous_console_level = 7;

void mount_on(const char* type, const char* folder) {
  ::mkdir(folder, 0755);
  ::mount(type, folder, type, MS_NOSUID | (std::strcmp(type, "devtmpfs") == 0 ? 0 : MS_NODEV),
          nullptr);
}

void start_loopback() {
  const int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return;
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  ::ioctl(fd, SIOCSIFFLAGS, &request);
  ::close(fd);
}

void* watch(void*) {
  const timespec until{static_cast<time_t>(watchdog_deadline / 1'000'000'000U),
                       static_cast<long>(watchdog_deadline % 1'000'000'000U)};
  while (::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr) == EINTR) {
  }
  ::reboot(RB_POWER_OFF);
  ::reboot(RB_AUTOBOOT);
  return nullptr;
}

[[noreturn]] void become_shell(const std::string& terminal) {
  ::setsid();
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  const int fd = ::open(terminal.c_str(), O_RDWR);
  if (fd >= 0) {
    ::ioctl(fd, TIOCSCTTY, 1);
    for (int i = 0; i < 3; ++i) ::dup2(fd, i);
    if (fd > 2) ::close(fd);
  }
  write_all(1, "\nfaultline: a shell in the guest; 'exit' powers it off\n");
  const char* const argv[] = {"sh", nullptr};
  const char* const environment[] = {"PATH=/usr/sbin:/usr/bin:/bin", "HOME=/tmp", "TERM=vt100",
                                     "PS1=guest:\\w# ", nullptr};
  (void)!::chdir("/tmp");
  ::execve("/bin/sh", const_cast<char**>(argv), const_cast<char**>(environment));
  _exit(127);
}

}  // namespace

void mount_first() {
  mount_on("devtmpfs", "/dev");
  mount_on("proc", "/proc");
  mount_on("sysfs", "/sys");
}

void mount_rest() {
  mount_on("tmpfs", "/tmp");
  mount_on("tmpfs", "/run");
  mount_on("tmpfs", "/dev/shm");
  mount_on("debugfs", "/sys/kernel/debug");
  mount_on("tracefs", "/sys/kernel/tracing");
  mount_on("cgroup2", "/sys/fs/cgroup");
  ::chmod("/tmp", 01777);
  ::chmod("/dev/shm", 01777);
  start_loopback();
}

int load_module(const std::string& module) {
  const auto blank = module.find(' ');
  const std::string path = "/modules/" + module.substr(0, blank);
  const std::string parameters = blank == std::string::npos ? "" : module.substr(blank + 1);
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return errno;
  const int error = ::syscall(SYS_finit_module, fd, parameters.c_str(), 0) == 0 ? 0 : errno;
  ::close(fd);
  return error;
}

void start_watchdog(std::uint64_t deadline) {
  watchdog_deadline = deadline;
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 64 * 1024);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_t thread;
  pthread_create(&thread, &attributes, watch, nullptr);
  pthread_attr_destroy(&attributes);
}

std::string kernel_log() {
  const int size = ::klogctl(syslog_size_buffer, nullptr, 0);
  if (size <= 0) return {};
  std::string log(static_cast<std::size_t>(std::min(size, 16 << 20)), '\0');
  const int got = ::klogctl(syslog_read_all, log.data(), static_cast<int>(log.size()));
  log.resize(static_cast<std::size_t>(std::max(got, 0)));
  return log;
}

void quiet_console(bool quiet) {
  if (quiet) {
    const auto levels = read_small_file("/proc/sys/kernel/printk");
    if (levels && !levels->empty() && (*levels)[0] >= '1' && (*levels)[0] <= '9')
      previous_console_level = (*levels)[0] - '0';
  }
  ::klogctl(syslog_console_level, nullptr, quiet ? emergencies_only : previous_console_level);
}

void run_shell(std::uint64_t deadline) {
  // /dev/console cannot be a controlling terminal; the device behind it can.
  std::string terminal = "/dev/console";
  if (const auto active = read_small_file("/sys/class/tty/console/active")) {
    const std::string_view names = trimmed(*active);
    const auto blank = names.rfind(' ');
    const auto last = blank == names.npos ? names : names.substr(blank + 1);
    if (!last.empty()) terminal = "/dev/" + std::string(last);
  }
  const pid_t shell = ::fork();
  if (shell == 0) become_shell(terminal);
  if (shell < 0) return;
  sigset_t child_signal;
  sigemptyset(&child_signal);
  sigaddset(&child_signal, SIGCHLD);
  for (;;) {
    pid_t pid = 0;
    while ((pid = ::waitpid(-1, nullptr, WNOHANG)) > 0)
      if (pid == shell) return;
    if (pid < 0 && errno == ECHILD) return;
    if (monotonic_ns() >= deadline) return;
    const int wait_ms = poll_timeout(deadline);
    const timespec longest{wait_ms < 0 ? 3600 : wait_ms / 1000,
                           wait_ms < 0 ? 0 : (wait_ms % 1000) * 1'000'000L};
    ::sigtimedwait(&child_signal, nullptr, &longest);
  }
}

void power_off() {
  ::sync();
  ::reboot(RB_POWER_OFF);
  ::reboot(RB_AUTOBOOT);
  ::_exit(0);
}

}  // namespace faultline::agent
