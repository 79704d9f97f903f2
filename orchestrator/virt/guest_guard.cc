// SPDX-License-Identifier: GPL-2.0-or-later
#include "virt/guest_guard.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <sstream>

#include "base/error.h"

namespace faultline {
namespace {

// ---- For the child of a process with many threads: system calls and its own stack only. ----

struct DirectoryEntry {  // of getdents64(2)
  std::uint64_t inode;
  std::int64_t offset;
  unsigned short length;
  unsigned char type;
  char name[];
};

/// True if the process was started with "-name guest=PREFIX…", which is how libvirt names a QEMU.
bool runs_guest(int proc, const char* pid, const char* prefix, std::size_t prefix_length) {
  char path[64];
  std::size_t used = 0;
  for (; pid[used] != '\0' && used < 20; ++used) path[used] = pid[used];
  std::memcpy(path + used, "/cmdline", sizeof "/cmdline");
  const int fd = ::openat(proc, path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  char arguments[4096];  // the name is the second argument
  std::size_t size = 0;
  for (;;) {
    const ssize_t got = ::read(fd, arguments + size, sizeof arguments - size);
    if (got <= 0) break;
    size += static_cast<std::size_t>(got);
    if (size == sizeof arguments) break;
  }
  ::close(fd);
  static constexpr char key[] = "-name\0guest=";
  constexpr std::size_t key_length = sizeof key - 1;
  for (std::size_t at = 0; at + key_length + prefix_length <= size; ++at)
    if (std::memcmp(arguments + at, key, key_length) == 0 &&
        std::memcmp(arguments + at + key_length, prefix, prefix_length) == 0)
      return true;
  return false;
}

int open_pid(long pid) {
  return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
}
int kill_by_fd(int fd) {
  return static_cast<int>(::syscall(SYS_pidfd_send_signal, fd, SIGKILL, nullptr, 0));
}

void kill_guests(int proc, const char* prefix, std::size_t prefix_length) {
  alignas(DirectoryEntry) char entries[8192];
  ::lseek(proc, 0, SEEK_SET);
  for (;;) {
    const long got = ::syscall(SYS_getdents64, proc, entries, sizeof entries);
    if (got <= 0) return;
    for (long at = 0; at < got;) {
      const auto* entry = reinterpret_cast<const DirectoryEntry*>(entries + at);
      at += entry->length;
      long pid = 0;
      for (const char* c = entry->name; *c != '\0'; ++c)
        pid = (*c >= '0' && *c <= '9' && pid >= 0) ? pid * 10 + (*c - '0') : -1;
      if (pid <= 1) continue;
      const int fd = open_pid(pid);  // first: so that it is this process that gets examined
      if (fd < 0) continue;
      if (runs_guest(proc, entry->name, prefix, prefix_length)) kill_by_fd(fd);
      ::close(fd);
    }
  }
}

[[noreturn]] void guard(int alive, int slot_lock, const char* prefix, std::size_t prefix_length) {
  ::setsid();  // a Ctrl-C at the terminal is for our parent, which ends its guests in order
  sigset_t all;
  ::sigfillset(&all);
  ::sigprocmask(SIG_BLOCK, &all, nullptr);
  ::prctl(PR_SET_NAME, "faultline-guard");
  const int proc = ::open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  // Keep nothing else of the parent open: its pipes and sockets would not be seen to close.
  int kept[] = {alive, slot_lock, proc};
  for (int i = 0; i < 2; ++i)
    for (int j = 0; j < 2 - i; ++j)
      if (kept[j] > kept[j + 1]) {
        const int larger = kept[j];
        kept[j] = kept[j + 1];
        kept[j + 1] = larger;
      }
  unsigned from = 0;
  for (const int fd : kept) {
    if (fd < 0) continue;
    if (static_cast<unsigned>(fd) > from) ::syscall(SYS_close_range, from, fd - 1, 0);
    from = static_cast<unsigned>(fd) + 1;
  }
  ::syscall(SYS_close_range, from, ~0U, 0);
  char farewell;
  ssize_t got;
  do {
    got = ::read(alive, &farewell, 1);
  } while (got < 0 && errno == EINTR);
  if (got == 1) ::_exit(0);
  // More than once: libvirt may have been between fork and exec of a QEMU. The first pass kills
  // what runs, so the rest is about what was just starting.
  for (int pass = 0; pass < 10; ++pass) {
    kill_guests(proc, prefix, prefix_length);
    const timespec pause{0, 100'000'000};
    ::nanosleep(&pause, nullptr);
  }
  ::_exit(0);
}

// ---- For everybody else. ----

/// The guest's name out of "guest=NAME,debug-threads=on"; libvirt doubles commas within the name.
std::string name_of(const std::string& value) {
  std::string name;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] == ',') {
      if (i + 1 >= value.size() || value[i + 1] != ',') break;
      ++i;
    }
    name += value[i];
  }
  return name;
}

/// A small file of /proc; empty if its process is gone. (A stream would throw at that.)
std::string read_proc(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string text;
  char buffer[4096];
  ssize_t got;
  while (fd && (got = ::read(fd.get(), buffer, sizeof buffer)) > 0)
    text.append(buffer, static_cast<std::size_t>(got));
  return text;
}

std::string guest_of_process(const std::string& pid) {
  const std::string all = read_proc("/proc/" + pid + "/cmdline");
  constexpr std::string_view key("-name\0guest=", 12);
  const auto at = all.find(key);
  if (at == std::string::npos) return {};
  return name_of(all.substr(at + key.size(), all.find('\0', at + key.size()) - at - key.size()));
}

/// True for a child that became ours when its parent, which had opened a session for it, ended:
/// that is how a daemon starts. A program that we started ourselves is in our session or leads one.
bool is_adopted_daemon(pid_t pid) {
  const std::string text = read_proc("/proc/" + std::to_string(pid) + "/stat");
  const auto name_end = text.rfind(')');
  if (name_end == std::string::npos) return false;
  std::istringstream rest(text.substr(name_end + 1));
  char state = 0;
  pid_t parent = 0, group = 0, session = 0;
  rest >> state >> parent >> group >> session;
  return state == 'Z' && parent == ::getpid() && session != ::getsid(0) && session != pid;
}

/// Reaps one child if it is a daemon that ended.
void reap_daemon(pid_t pid) {
  siginfo_t ignored;
  if (is_adopted_daemon(pid)) ::waitid(P_PID, static_cast<id_t>(pid), &ignored, WEXITED | WNOHANG);
}

std::vector<pid_t> children() {
  std::vector<pid_t> pids;
  std::error_code ignored;
  for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task", ignored)) {
    std::istringstream list(read_proc(thread.path() / "children"));
    for (pid_t pid; list >> pid;) pids.push_back(pid);
  }
  return pids;
}

}  // namespace

std::vector<GuestProcess> guest_processes(const std::string& name_prefix) {
  std::vector<GuestProcess> found;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", ignored)) {
    const std::string pid = entry.path().filename();
    if (pid.find_first_not_of("0123456789") != std::string::npos) continue;
    auto name = guest_of_process(pid);
    if (!name.empty() && name.starts_with(name_prefix))
      found.push_back({static_cast<pid_t>(std::stol(pid)), std::move(name)});
  }
  return found;
}

bool kill_guest_process(const GuestProcess& guest) {
  const UniqueFd fd(open_pid(guest.pid));
  if (!fd) return false;
  if (guest_of_process(std::to_string(guest.pid)) != guest.domain_name) return false;
  return kill_by_fd(fd.get()) == 0;
}

GuestGuard::GuestGuard(const std::string& name_prefix, int slot_lock) {
  int fds[2];
  if (::pipe2(fds, O_CLOEXEC) != 0) throw_errno(ErrorKind::host, "creating a pipe", errno);
  UniqueFd read(fds[0]);
  alive_ = UniqueFd(fds[1]);
  child_ = ::fork();
  if (child_ < 0) throw_errno(ErrorKind::host, "starting the guests' guard", errno);
  if (child_ == 0) guard(read.get(), slot_lock, name_prefix.data(), name_prefix.size());
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  sigset_t all, before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);  // signals belong to the program's own threads
  reaper_ = std::thread(&GuestGuard::reap_guests, this);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void GuestGuard::reap_guests() const {
  ::pthread_setname_np(::pthread_self(), "guest-reaper");
  constexpr std::chrono::milliseconds shortest{2}, longest{100};
  auto pause = shortest;
  while (!leaving_) {
    // Only looks. There always is a child to wait for: the guard, whose end also ends this loop.
    siginfo_t child{};
    if (::waitid(P_ALL, 0, &child, WEXITED | WNOWAIT) != 0) child.si_pid = 0;
    if (leaving_) return;
    if (is_adopted_daemon(child.si_pid)) {
      reap_daemon(child.si_pid);
      pause = shortest;
      continue;
    }
    // Somebody else's, who will reap it in a moment; until then we have to look behind it.
    for (const pid_t pid : children()) reap_daemon(pid);
    std::this_thread::sleep_for(pause);
    pause = std::min(2 * pause, longest);
  }
}

GuestGuard::~GuestGuard() {
  leaving_ = true;
  while (::write(alive_.get(), "q", 1) < 0 && errno == EINTR) {
  }
  reaper_.join();
  while (::waitpid(child_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace faultline
