// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <filesystem>
#include <memory>

#include "base/unique_fd.h"
#include "virt/byte_stream.h"

namespace faultline {

/// The two named pipes of a QEMU character device of type "pipe".
struct PipePair {
  UniqueFd from_guest;  ///< PATH.out
  UniqueFd to_guest;    ///< PATH.in
};

/// Creates PATH.in and PATH.out. Before QEMU starts. Throws Error{host}.
void create_pipes(const std::filesystem::path& path);
/// Opens them, as large as the host allows. After QEMU has opened them, else there seems to be an
/// end. Throws Error{host}.
PipePair open_pipes(const std::filesystem::path& path);

/// A byte stream of a guest over two pipes of this host.
class PipeStream final : public ByteStream {
 public:
  PipeStream(PipePair pipes, const boost::asio::any_io_executor& executor);
  ~PipeStream() override;
  boost::asio::awaitable<std::size_t> read(std::span<char> buffer) override;
  boost::asio::awaitable<void> write(std::span<const char> bytes) override;
  void close() override;

 private:
  struct Pipes;
  std::shared_ptr<Pipes> pipes_;  ///< Shared with operations under way.
};

}  // namespace faultline
