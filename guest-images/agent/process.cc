// SPDX-License-Identifier: GPL-2.0-or-later
#include "process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <utility>

#include "clocks.h"
#include "small_files.h"

namespace faultline::agent {
namespace {

constexpr std::uint64_t millisecond = 1'000'000;
constexpr std::uint64_t term_grace = 2'000 * millisecond;   // from SIGTERM to SIGKILL
constexpr std::uint64_t kill_grace = 10'000 * millisecond;  // from SIGKILL to giving up

// Both ends of a pipe, closed on destruction.
struct Pipe {
  int ends[2] = {-1, -1};
  Pipe() {
    if (::pipe2(ends, O_CLOEXEC) != 0) ends[0] = ends[1] = -1;
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    close_end(0);
    close_end(1);
  }
  bool good() const { return ends[0] >= 0; }
  void close_end(int end) {
    if (ends[end] >= 0) ::close(std::exchange(ends[end], -1));
  }
};

std::uint64_t nanoseconds(const timeval& time) {
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000U +
         static_cast<std::uint64_t>(time.tv_usec) * 1'000U;
}

std::uint64_t oom_kills(const std::string& vmstat) {
  const auto text = read_small_file(vmstat);
  if (!text) return 0;
  constexpr std::string_view key = "\noom_kill ";
  const auto at = text->find(key);
  std::uint64_t count = 0;
  if (at != std::string::npos)
    std::from_chars(text->data() + at + key.size(), text->data() + text->size(), count);
  return count;
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> list;
  for (std::string& text : strings) list.push_back(text.data());
  list.push_back(nullptr);
  return list;
}

// The child's half, after fork: only calls that are safe there. Reports an errno and dies, or
// becomes the program.
[[noreturn]] void become(const char* folder, char** argv, char** environment, int output,
                         int error_output, int report) {
  ::setsid();
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  const int null = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (::chdir(folder) == 0 && (null < 0 || ::dup2(null, 0) >= 0) && ::dup2(output, 1) >= 0 &&
      ::dup2(error_output, 2) >= 0)
    ::execvpe(argv[0], argv, environment);
  const int error = errno;
  (void)!::write(report, &error, sizeof error);
  ::_exit(127);
}

// One run: the poll loop between fork and the last byte of output.
class Run {
 public:
  Run(const ProcessRequest& request, ProcessResult& result) : request_(request), result_(result) {}

  void operator()();

 private:
  bool start();
  void wait();
  void reap();
  void ask_to_end();
  void signal_group(int signal) { ::kill(-child_, signal); }
  void end_strays();
  void drain(Pipe& pipe, BoundedOutput& output);
  void read_report();

  const ProcessRequest& request_;
  ProcessResult& result_;
  Pipe output_, error_output_, report_;
  pid_t child_ = -1;
  bool running_ = false;
  std::uint64_t started_ = 0;
  std::uint64_t next_deadline_ = no_deadline;
  enum class Phase { running, termed, killed } phase_ = Phase::running;
  bool timed_out_ = false;
};

bool Run::start() {
  if (!output_.good() || !error_output_.good() || !report_.good()) {
    result_.end.code = errno;
    return false;
  }
  std::vector<std::string> arguments = request_.argv;
  std::vector<std::string> environment;
  for (const auto& [name, value] : request_.environment) environment.push_back(name + "=" + value);
  const std::vector<char*> argv = pointers(arguments);
  const std::vector<char*> envp = pointers(environment);
  // execvpe() looks at this process's PATH, not at the one it passes on.
  const auto path = request_.environment.find("PATH");
  if (path != request_.environment.end()) ::setenv("PATH", path->second.c_str(), 1);
  ::fcntl(output_.ends[0], F_SETFL, O_NONBLOCK);
  ::fcntl(error_output_.ends[0], F_SETFL, O_NONBLOCK);
  started_ = monotonic_ns();
  child_ = ::fork();
  if (child_ == 0)
    become(request_.folder.c_str(), const_cast<char**>(argv.data()),
           const_cast<char**>(envp.data()), output_.ends[1], error_output_.ends[1],
           report_.ends[1]);
  if (child_ < 0) {
    result_.end.code = errno;
    return false;
  }
  output_.close_end(1);
  error_output_.close_end(1);
  report_.close_end(1);
  running_ = true;
  return true;
}

void Run::reap() {
  for (;;) {
    int status = 0;
    rusage usage{};
    const pid_t pid = ::wait4(-1, &status, WNOHANG, &usage);
    if (pid < 0 && errno == EINTR) continue;
    if (pid <= 0) return;
    if (pid != child_) continue;  // an orphan that came to us
    guest::IterationEnd& end = result_.end;
    end.wall_ns = monotonic_ns() - started_;
    end.user_ns = nanoseconds(usage.ru_utime);
    end.system_ns = nanoseconds(usage.ru_stime);
    end.max_rss_kib = usage.ru_maxrss;
    end.minor_faults = usage.ru_minflt;
    end.major_faults = usage.ru_majflt;
    end.voluntary_switches = usage.ru_nvcsw;
    end.involuntary_switches = usage.ru_nivcsw;
    end.end = WIFSIGNALED(status) ? "signalled" : "exited";
    end.code = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
    running_ = false;
  }
}

// The program's time is over: first in words, then by force, at last without it.
void Run::ask_to_end() {
  switch (phase_) {
    case Phase::running:
      timed_out_ = true;
      signal_group(SIGTERM);
      phase_ = Phase::termed;
      next_deadline_ = monotonic_ns() + term_grace;
      break;
    case Phase::termed:
      signal_group(SIGKILL);
      phase_ = Phase::killed;
      next_deadline_ = monotonic_ns() + kill_grace;
      break;
    case Phase::killed:
      result_.stuck = true;
      result_.end.wall_ns = monotonic_ns() - started_;
      running_ = false;
      break;
  }
}

// Reads what is there, but not for ever: a program may write faster than this reads.
void Run::drain(Pipe& pipe, BoundedOutput& output) {
  char buffer[16384];
  for (int pieces = 0; pieces < 16 && pipe.ends[0] >= 0; ++pieces) {
    const ssize_t got = ::read(pipe.ends[0], buffer, sizeof buffer);
    if (got > 0) {
      output.append({buffer, static_cast<std::size_t>(got)});
      continue;
    }
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return;
    pipe.close_end(0);
  }
}

void Run::wait() {
  sigset_t child_signal;
  sigemptyset(&child_signal);
  sigaddset(&child_signal, SIGCHLD);
  const int signals = ::signalfd(-1, &child_signal, SFD_CLOEXEC | SFD_NONBLOCK);
  const std::uint64_t timeout =
      request_.timeout_ms == 0
          ? no_deadline
          : started_ + std::min(request_.timeout_ms, no_deadline / 2 / millisecond) * millisecond;
  next_deadline_ = std::min(timeout, request_.deadline);
  for (reap(); running_; reap()) {
    pollfd polled[] = {
        {signals, POLLIN, 0}, {output_.ends[0], POLLIN, 0}, {error_output_.ends[0], POLLIN, 0}};
    const int ready = ::poll(polled, 3, poll_timeout(next_deadline_));
    if (ready > 0) {
      signalfd_siginfo received;
      while (::read(signals, &received, sizeof received) > 0) {
      }
      if (polled[1].revents) drain(output_, result_.standard_output);
      if (polled[2].revents) drain(error_output_, result_.standard_error);
    }
    const std::uint64_t now = monotonic_ns();
    if (now < next_deadline_) continue;
    reap();
    if (running_) ask_to_end();
  }
  ::close(signals);
  result_.deadline_passed = timed_out_ && request_.deadline <= timeout;
}

// Nothing of this run may be there when the next one begins. For PID 1, kill(-1) reaches every
// process but itself, atomically against fork; it needs no cgroup, which would change what the
// kernel under test does at every fork and page fault.
void Run::end_strays() {
  const bool all = request_.strays == ProcessRequest::Strays::everything;
  const std::uint64_t deadline = monotonic_ns() + (result_.stuck ? 0 : kill_grace);
  for (;;) {
    const bool any = ::kill(all ? -1 : -child_, SIGKILL) == 0;
    pid_t pid = 0;
    while ((pid = ::waitpid(-1, nullptr, WNOHANG)) > 0) {
    }
    // Every process but kernel threads descends from PID 1: no children, nothing left.
    if (pid < 0 && (all || !any)) return;
    drain(output_, result_.standard_output);
    drain(error_output_, result_.standard_error);
    if (monotonic_ns() >= deadline) {
      result_.stuck = true;
      return;
    }
    ::poll(nullptr, 0, 1);
  }
}

void Run::read_report() {
  int error = 0;
  ssize_t got = 0;
  do {
    got = ::read(report_.ends[0], &error, sizeof error);
  } while (got < 0 && errno == EINTR);
  if (got != static_cast<ssize_t>(sizeof error)) return;
  result_.end = {};
  result_.end.end = "not_started";
  result_.end.code = error;
}

void Run::operator()() {
  const std::uint64_t killed_before = oom_kills(request_.vmstat);
  if (!start()) {
    result_.end.end = "not_started";
    return;
  }
  wait();
  end_strays();
  drain(output_, result_.standard_output);
  drain(error_output_, result_.standard_error);
  if (timed_out_) result_.end.end = "timed_out";
  if (!result_.stuck) read_report();
  // A program that ends well has seen to the victims itself: some make them on purpose.
  const bool ended_well = result_.end.end == "exited" && result_.end.code == 0;
  if (result_.end.end != "not_started" && !ended_well && oom_kills(request_.vmstat) > killed_before)
    result_.end.end = "oom_killed";
}

}  // namespace

ProcessResult run_process(const ProcessRequest& request) {
  ProcessResult result{{},
                       BoundedOutput(request.inline_bytes, request.keep_bytes),
                       BoundedOutput(request.inline_bytes, request.keep_bytes),
                       false,
                       false};
  Run(request, result)();
  return result;
}

}  // namespace faultline::agent
