// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <filesystem>
#include <memory>

#include "base/unique_fd.h"
#include "virt/byte_stream.h"

namespace faultline {

/// Connects to a listening Unix socket. Does not block for long: the peer need not have accepted.
/// Throws Error{libvirt}.
UniqueFd connect_socket(const std::filesystem::path& path);

/// A byte stream of a guest over a Unix socket of this host.
class SocketStream final : public ByteStream {
 public:
  SocketStream(UniqueFd socket, const boost::asio::any_io_executor& executor);
  ~SocketStream() override;
  boost::asio::awaitable<std::size_t> read(std::span<char> buffer) override;
  boost::asio::awaitable<void> write(std::span<const char> bytes) override;
  void close() override;

 private:
  struct Socket;
  std::shared_ptr<Socket> socket_;  ///< Shared with operations under way.
};

}  // namespace faultline
