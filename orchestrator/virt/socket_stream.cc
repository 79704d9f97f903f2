// SPDX-License-Identifier: GPL-2.0-or-later
#include "virt/socket_stream.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>
#include <cstring>

#include "base/error.h"

namespace faultline {
namespace asio = boost::asio;
namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

}  // namespace

UniqueFd connect_socket(const std::filesystem::path& path) {
  const std::string doing = "connecting to " + path.string();
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.string().size() >= sizeof address.sun_path)
    throw_errno(ErrorKind::libvirt, doing, ENAMETOOLONG);
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket ||
      ::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    throw_errno(ErrorKind::libvirt, doing, errno);
  return socket;
}

struct SocketStream::Socket {
  explicit Socket(const asio::any_io_executor& executor) : stream(executor) {}
  asio::local::stream_protocol::socket stream;
};

SocketStream::SocketStream(UniqueFd socket, const asio::any_io_executor& executor)
    : socket_(std::make_shared<Socket>(executor)) {
  socket_->stream.assign(asio::local::stream_protocol(), socket.release());
}

SocketStream::~SocketStream() {
  close();
}

void SocketStream::close() {
  boost::system::error_code ignored;
  socket_->stream.close(ignored);
}

asio::awaitable<std::size_t> SocketStream::read(std::span<char> buffer) {
  const auto socket = socket_;
  const auto [error, got] = co_await socket->stream.async_read_some(
      asio::buffer(buffer.data(), buffer.size()), as_result);
  // Closed by us is an end as well; cancelled is not.
  if (error == asio::error::operation_aborted && socket->stream.is_open())
    throw boost::system::system_error(error);
  co_return error ? 0 : got;
}

asio::awaitable<void> SocketStream::write(std::span<const char> bytes) {
  const auto socket = socket_;
  const auto [error, put] = co_await asio::async_write(
      socket->stream, asio::buffer(bytes.data(), bytes.size()), as_result);
  (void)put;
  if (error == asio::error::operation_aborted && socket->stream.is_open())
    throw boost::system::system_error(error);
  if (error) throw Error(ErrorKind::libvirt, "writing to the guest", error.message());
}

}  // namespace faultline
