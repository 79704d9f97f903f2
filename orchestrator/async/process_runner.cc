// SPDX-License-Identifier: GPL-2.0-or-later
#include "async/process_runner.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/unique_fd.h"

extern "C" {
#include <sys/pidfd.h>  // glibc 2.36 forgot to declare these as C
extern char** environ;
}

namespace faultline {
namespace asio = boost::asio;
namespace {

constexpr std::size_t kept_output = std::size_t{8} << 20;
constexpr std::size_t kept_error = std::size_t{1} << 20;
constexpr std::size_t longest_line = std::size_t{64} << 10;
constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

/// The tail of a stream, cut rarely so that appending stays cheap.
class Tail {
 public:
  explicit Tail(std::size_t limit) : limit_(limit) {}
  void append(std::string_view bytes) {
    text_.append(bytes);
    if (text_.size() > 2 * limit_) text_.erase(0, text_.size() - limit_);
  }
  std::string take() {
    if (text_.size() > limit_) text_.erase(0, text_.size() - limit_);
    return std::move(text_);
  }

 private:
  std::size_t limit_;
  std::string text_;
};

/// Cuts a stream into lines; a line that never ends is passed on in pieces.
class Lines {
 public:
  explicit Lines(const std::function<void(std::string_view)>& tell) : tell_(tell) {}
  void append(std::string_view bytes) {
    if (!tell_) return;
    while (!bytes.empty()) {
      const auto end = bytes.find('\n');
      rest_.append(bytes.substr(0, end));
      if (end != std::string_view::npos || rest_.size() > longest_line) flush();
      bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
    }
  }
  void finish() {
    if (tell_ && !rest_.empty()) flush();
  }

 private:
  void flush() {
    const std::string line = std::exchange(rest_, {});
    tell_(line);
  }
  const std::function<void(std::string_view)>& tell_;
  std::string rest_;
};

/// The log of a command. Remembers the first error; a full disk must not end the reading early,
/// since that would block the program on its pipe.
class Log {
 public:
  explicit Log(const std::filesystem::path& file) : file_(file) {
    if (file.empty()) return;
    fd_ = UniqueFd(::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
    if (!fd_) throw_errno(ErrorKind::host, "opening log " + file.string(), errno);
  }
  void append(std::string_view bytes) {
    while (fd_ && error_ == 0 && !bytes.empty()) {
      const ssize_t put = ::write(fd_.get(), bytes.data(), bytes.size());
      if (put < 0 && errno == EINTR) continue;
      if (put < 0)
        error_ = errno;
      else
        bytes.remove_prefix(static_cast<std::size_t>(put));
    }
  }
  void check() const {
    if (error_ != 0)
      throw_errno(ErrorKind::host, "writing log " + file_.string(), error_,
                  "free some space, for instance with 'faultline gc'");
  }

 private:
  std::filesystem::path file_;
  UniqueFd fd_;
  int error_ = 0;
};

struct Pipe {
  UniqueFd read, write;
  Pipe() {
    int fds[2];
    if (::pipe2(fds, O_CLOEXEC) != 0) throw_errno(ErrorKind::host, "creating a pipe", errno);
    read = UniqueFd(fds[0]);
    write = UniqueFd(fds[1]);
  }
};

/// A file in memory with the standard input: nothing to pump, and no SIGPIPE when the program does
/// not read it.
UniqueFd input_file(const std::string& bytes) {
  if (bytes.empty()) {
    UniqueFd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (!null) throw_errno(ErrorKind::host, "opening /dev/null", errno);
    return null;
  }
  UniqueFd fd(::memfd_create("faultline-stdin", MFD_CLOEXEC));
  if (!fd) throw_errno(ErrorKind::host, "creating a file in memory", errno);
  std::string_view rest = bytes;
  while (!rest.empty()) {
    const ssize_t put = ::write(fd.get(), rest.data(), rest.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) throw_errno(ErrorKind::host, "writing a file in memory", errno);
    rest.remove_prefix(static_cast<std::size_t>(put));
  }
  ::lseek(fd.get(), 0, SEEK_SET);
  return fd;
}

std::vector<std::string> merged_environment(const std::map<std::string, std::string>& added) {
  std::vector<std::string> merged;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    if (!added.contains(std::string(text.substr(0, text.find('='))))) merged.emplace_back(text);
  }
  for (const auto& [name, value] : added) merged.push_back(name + "=" + value);
  return merged;
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> result;
  for (auto& text : strings) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

/// Destroys posix_spawn's two attribute objects on every way out.
struct SpawnPlan {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  SpawnPlan() {
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawnattr_init(&attributes);
  }
  ~SpawnPlan() {
    ::posix_spawn_file_actions_destroy(&actions);
    ::posix_spawnattr_destroy(&attributes);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;
};

pid_t spawn(Command& command, int input, int output, int error) {
  const std::string doing = "starting " + command.argv.at(0);
  if (!command.directory.empty() && !std::filesystem::is_directory(command.directory))
    throw Error(ErrorKind::build_tool, doing, "no folder " + command.directory.string());
  SpawnPlan plan;
  ::posix_spawn_file_actions_adddup2(&plan.actions, input, STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&plan.actions, output, STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&plan.actions, error, STDERR_FILENO);
  if (!command.directory.empty())
    ::posix_spawn_file_actions_addchdir_np(&plan.actions, command.directory.c_str());
  sigset_t none, standard;
  ::sigemptyset(&none);
  ::sigemptyset(&standard);
  for (const int number : {SIGINT, SIGTERM, SIGQUIT, SIGPIPE, SIGHUP, SIGCHLD})
    ::sigaddset(&standard, number);
  ::posix_spawnattr_setsigmask(&plan.attributes, &none);
  ::posix_spawnattr_setsigdefault(&plan.attributes, &standard);
  ::posix_spawnattr_setpgroup(&plan.attributes, 0);
  ::posix_spawnattr_setflags(
      &plan.attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  auto environment = merged_environment(command.environment);
  pid_t pid = -1;
  const int failure = ::posix_spawnp(&pid, command.argv[0].c_str(), &plan.actions, &plan.attributes,
                                     pointers(command.argv).data(), pointers(environment).data());
  if (failure != 0)
    throw_errno(ErrorKind::build_tool, doing, failure,
                failure == ENOENT ? "install it; 'faultline doctor' names the package" : "");
  return pid;
}

/// A started program that has not been reaped yet. Whatever happens it is killed with its group and
/// reaped at the latest by the destructor.
class Child {
 public:
  Child(const asio::any_io_executor& executor, pid_t pid) : pid_(pid), exit_(executor) {
    UniqueFd fd(::pidfd_open(pid, 0));
    if (!fd) {
      const int failure = errno;
      end();
      throw_errno(ErrorKind::host, "watching a process", failure);
    }
    exit_.assign(fd.release());
  }
  ~Child() { end(); }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  /// Harmless once reaped: the group's number may belong to somebody else by then.
  void kill_group() {
    if (!reaped_) ::kill(-pid_, SIGKILL);
  }
  asio::posix::stream_descriptor& exit() { return exit_; }
  /// Call once `exit` is readable. What the program left running in its group goes first, while the
  /// zombie still keeps the group's number from being used again.
  int reap() {
    kill_group();
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    reaped_ = true;
    // Where we are the parent of orphans, the rest of the group is ours by now. All are dying.
    while (::waitpid(-pid_, nullptr, 0) > 0) {
    }
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  }
  bool reaped() const { return reaped_; }

 private:
  void end() {
    if (!reaped_) reap();
  }
  pid_t pid_;
  bool reaped_ = false;
  asio::posix::stream_descriptor exit_;
};

/// Reads a stream to its end, or until its descriptor is cancelled. The references outlive the
/// await: they are locals of run().
asio::awaitable<void> pump(asio::posix::stream_descriptor& from, Tail& tail, Lines& lines,
                           Log& log) {
  std::vector<char> buffer(std::size_t{64} << 10);
  for (;;) {
    const auto [error, got] = co_await from.async_read_some(asio::buffer(buffer), as_result);
    if (error) break;
    const std::string_view bytes(buffer.data(), got);
    tail.append(bytes);
    log.append(bytes);
    lines.append(bytes);
  }
  lines.finish();
}

struct Streams {
  explicit Streams(const asio::any_io_executor& executor) : output(executor), error(executor) {}
  asio::posix::stream_descriptor output, error;
};

/// Reaps the program when it ends. Output still in the pipes is read after that, but not for ever:
/// a grandchild that left the group may hold them open.
asio::awaitable<void> wait_exit(Child& child, std::shared_ptr<Streams> streams,
                                asio::steady_timer& drain, std::chrono::milliseconds drain_limit,
                                int& exit_code) {
  const auto [failure] =
      co_await child.exit().async_wait(asio::posix::descriptor_base::wait_read, as_result);
  if (failure) co_return;
  exit_code = child.reap();
  drain.expires_after(drain_limit);
  drain.async_wait([streams](const boost::system::error_code& aborted) {
    if (aborted) return;
    streams->output.cancel();
    streams->error.cancel();
  });
}

}  // namespace

asio::awaitable<CommandResult> ProcessRunner::run(Command command) {
  using namespace asio::experimental::awaitable_operators;
  co_await asio::this_coro::throw_if_cancelled(false);  // teardown below awaits after a cancel
  const auto executor = co_await asio::this_coro::executor;
  const auto started = std::chrono::steady_clock::now();

  if ((co_await asio::this_coro::cancellation_state).cancelled() != asio::cancellation_type::none)
    throw boost::system::system_error(asio::error::operation_aborted);

  Log log(command.log);
  const auto streams = std::make_shared<Streams>(executor);
  auto child = [&] {
    const UniqueFd input = input_file(command.standard_input);
    Pipe out, err;
    auto process = std::make_shared<Child>(
        executor, spawn(command, input.get(), out.write.get(), err.write.get()));
    streams->output.assign(out.read.release());
    streams->error.assign(err.read.release());
    return process;
  }();

  CommandResult result;
  auto deadline_passed = std::make_shared<bool>(false);
  asio::steady_timer deadline(executor), drain(executor);
  if (command.deadline.count() > 0) {
    deadline.expires_after(command.deadline);
    deadline.async_wait([child, deadline_passed](const boost::system::error_code& aborted) {
      if (aborted || child->reaped()) return;
      *deadline_passed = true;
      child->kill_group();
    });
  }

  Tail output_tail(kept_output), error_tail(kept_error);
  Lines output_lines(command.on_line), error_lines(command.on_line);
  std::exception_ptr failure;
  try {
    co_await (pump(streams->output, output_tail, output_lines, log) &&
              pump(streams->error, error_tail, error_lines, log) &&
              wait_exit(*child, streams, drain, deadlines_.drain, result.exit_code));
  } catch (...) {
    failure = std::current_exception();  // on_line threw, or out of memory
  }
  deadline.cancel();
  drain.cancel();

  const bool cancelled =
      (co_await asio::this_coro::cancellation_state).cancelled() != asio::cancellation_type::none;
  if (!child->reaped()) {
    co_await asio::this_coro::reset_cancellation_state();
    child->kill_group();
    const auto [ignored] =
        co_await child->exit().async_wait(asio::posix::descriptor_base::wait_read, as_result);
    (void)ignored;
    child->reap();
  }
  if (failure) std::rethrow_exception(failure);
  if (cancelled) throw boost::system::system_error(asio::error::operation_aborted);
  log.check();

  result.deadline_passed = *deadline_passed;
  result.standard_output = output_tail.take();
  result.standard_error = error_tail.take();
  result.duration = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - started);
  co_return result;
}

}  // namespace faultline
