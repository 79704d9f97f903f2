// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>

#include "virt/byte_stream.h"
#include "virt/libvirt_handles.h"

namespace faultline {

/// A byte stream of a guest, read and written by coroutines: a libvirt stream in its non-blocking
/// mode, woken through the event loop. All calls from one strand.
class LibvirtStream final : public ByteStream {
 public:
  /// A stream of the connection that is still to be opened (virDomainOpenChannel); blocks.
  static StreamHandle create(virConnect* connection);

  /// What takes a stream that nobody uses any more and ends it with virStreamAbort(), when that is
  /// safe: see LibvirtSession::retire().
  using Retire = std::function<void(StreamHandle)>;

  /// Takes a stream that is open; `retire` outlives it.
  LibvirtStream(StreamHandle stream, const boost::asio::any_io_executor& executor, Retire retire);
  ~LibvirtStream() override;
  LibvirtStream(const LibvirtStream&) = delete;
  LibvirtStream& operator=(const LibvirtStream&) = delete;

  boost::asio::awaitable<std::size_t> read(std::span<char> buffer) override;
  boost::asio::awaitable<void> write(std::span<const char> bytes) override;
  void close() override;

 private:
  struct Shared;
  StreamHandle stream_;  ///< Until it is closed.
  Retire retire_;
  std::shared_ptr<Shared> shared_;
};

}  // namespace faultline
