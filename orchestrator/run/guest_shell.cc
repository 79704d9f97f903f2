// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/guest_shell.h"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "base/error.h"
#include "base/unique_fd.h"
#include "guest/run_sheet.h"

namespace faultline {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using asio::posix::stream_descriptor;

constexpr char leave_key = 0x1d;  // Ctrl-], as in telnet and virsh

/// The terminal without echo, line editing and signals, until destruction.
class RawTerminal {
 public:
  RawTerminal() {
    if (::tcgetattr(STDIN_FILENO, &before_) != 0)
      throw Error(ErrorKind::user_input, "opening a guest shell", "standard input is no terminal",
                  "run it from a terminal, or use 'run' for measurements");
    termios raw = before_;
    ::cfmakeraw(&raw);
    raw.c_oflag |= OPOST;
    ::tcsetattr(STDIN_FILENO, TCSANOW, &raw);
  }
  ~RawTerminal() { ::tcsetattr(STDIN_FILENO, TCSANOW, &before_); }
  RawTerminal(const RawTerminal&) = delete;
  RawTerminal& operator=(const RawTerminal&) = delete;

 private:
  termios before_{};
};

stream_descriptor duplicate(const asio::any_io_executor& executor, int fd) {
  return stream_descriptor(executor, ::fcntl(fd, F_DUPFD_CLOEXEC, 0));
}

awaitable<void> show_console(VirtualMachine& guest, stream_descriptor screen) {
  std::array<char, 4096> buffer;
  while (const std::size_t got = co_await guest.read(GuestStream::console, buffer))
    co_await asio::async_write(screen, asio::buffer(buffer.data(), got), asio::use_awaitable);
}

/// Nobody reads these here, but a full port would block the agent.
awaitable<void> discard(VirtualMachine& guest, GuestStream stream) {
  std::array<char, 16384> buffer;
  while (co_await guest.read(stream, buffer) > 0) {
  }
}

awaitable<void> pass_keys(VirtualMachine& guest, stream_descriptor keyboard) {
  std::array<char, 256> buffer;
  for (;;) {
    const std::size_t got =
        co_await keyboard.async_read_some(asio::buffer(buffer), asio::use_awaitable);
    const std::span<const char> keys(buffer.data(), got);
    if (std::find(keys.begin(), keys.end(), leave_key) != keys.end()) co_return;
    co_await guest.write_console(keys);
  }
}

awaitable<void> interrupted(Interrupt& interrupt) {
  Bell bell(co_await asio::this_coro::executor);
  const Interrupt::Subscription hears(interrupt, bell);
  while (!interrupt.raised()) co_await bell.wait_until(SteadyTime::max());
}

}  // namespace

awaitable<GuestEnd> run_guest_shell(BootServices& services, BootOrder order) {
  using namespace asio::experimental::awaitable_operators;
  order.sheet.shell = true;
  order.sheet.lifetime_ms = 0;
  const auto executor = co_await asio::this_coro::executor;
  const RawTerminal raw;
  const std::filesystem::path initramfs = services.scratch / (order.boot_id + ".cpio");
  write_boot_initramfs(order.image, guest::to_json(order.sheet), initramfs);
  GuestMachine machine = machine_of(order, initramfs);
  machine.person_console = true;
  std::unique_ptr<VirtualMachine> guest = co_await services.hypervisor.start(std::move(machine));
  GuestEnd end{GuestEnd::Kind::destroyed, ""};
  std::exception_ptr failure;
  try {
    co_await guest->resume();
    auto result = co_await (
        guest->wait_end() || pass_keys(*guest, duplicate(executor, STDIN_FILENO)) ||
        interrupted(services.interrupt) ||
        (show_console(*guest, duplicate(executor, STDOUT_FILENO)) &&
         discard(*guest, GuestStream::events) && discard(*guest, GuestStream::artifacts)));
    if (result.index() == 0) end = std::get<0>(result);
  } catch (...) {
    failure = std::current_exception();
  }
  co_await guest->destroy();
  std::error_code ignored;
  std::filesystem::remove(initramfs, ignored);
  if (failure) std::rethrow_exception(failure);
  co_return end;
}

}  // namespace faultline
