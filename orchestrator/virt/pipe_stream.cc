// SPDX-License-Identifier: GPL-2.0-or-later
#include "virt/pipe_stream.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>

#include "base/error.h"

namespace faultline {
namespace asio = boost::asio;
namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr int pipe_bytes = 1 << 20;  // what /proc/sys/fs/pipe-max-size allows everybody

UniqueFd open_pipe(const std::string& path, int mode) {
  UniqueFd fd(::open(path.c_str(), mode | O_NONBLOCK | O_CLOEXEC));
  if (!fd) throw_errno(ErrorKind::host, "opening " + path, errno);
  return fd;
}

}  // namespace

void create_pipes(const std::filesystem::path& path) {
  for (const char* end : {".in", ".out"}) {
    const std::string name = path.string() + end;
    if (::mkfifo(name.c_str(), 0600) != 0)
      throw_errno(ErrorKind::host, "creating pipe " + name, errno);
  }
}

PipePair open_pipes(const std::filesystem::path& path) {
  PipePair pipes;
  pipes.from_guest = open_pipe(path.string() + ".out", O_RDONLY);
  // For reading as well: a write after QEMU's end must not find a pipe without a reader, which
  // raises SIGPIPE.
  pipes.to_guest = open_pipe(path.string() + ".in", O_RDWR);
  ::fcntl(pipes.from_guest.get(), F_SETPIPE_SZ, pipe_bytes);  // without it, the standard 64 KiB
  return pipes;
}

struct PipeStream::Pipes {
  explicit Pipes(const asio::any_io_executor& executor)
      : from_guest(executor), to_guest(executor) {}
  asio::posix::stream_descriptor from_guest, to_guest;
};

PipeStream::PipeStream(PipePair pipes, const asio::any_io_executor& executor)
    : pipes_(std::make_shared<Pipes>(executor)) {
  pipes_->from_guest.assign(pipes.from_guest.release());
  pipes_->to_guest.assign(pipes.to_guest.release());
}

PipeStream::~PipeStream() {
  close();
}

void PipeStream::close() {
  boost::system::error_code ignored;
  pipes_->from_guest.close(ignored);
  pipes_->to_guest.close(ignored);
}

asio::awaitable<std::size_t> PipeStream::read(std::span<char> buffer) {
  const auto pipes = pipes_;
  const auto [error, got] = co_await pipes->from_guest.async_read_some(
      asio::buffer(buffer.data(), buffer.size()), as_result);
  // Closed by us is an end as well; cancelled is not.
  if (error == asio::error::operation_aborted && pipes->from_guest.is_open())
    throw boost::system::system_error(error);
  co_return error ? 0 : got;
}

asio::awaitable<void> PipeStream::write(std::span<const char> bytes) {
  const auto pipes = pipes_;
  const auto [error, put] = co_await asio::async_write(
      pipes->to_guest, asio::buffer(bytes.data(), bytes.size()), as_result);
  (void)put;
  if (error == asio::error::operation_aborted && pipes->to_guest.is_open())
    throw boost::system::system_error(error);
  if (error) throw Error(ErrorKind::libvirt, "writing to the guest", error.message());
}

}  // namespace faultline
