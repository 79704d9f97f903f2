// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <span>

namespace faultline {

/// One byte stream of a guest, for one reader and one writer on one strand.
class ByteStream {
 public:
  virtual ~ByteStream() = default;
  /// Some bytes; 0 at the end, which is also what a broken or closed stream gives: why the guest
  /// is gone is for its end to tell. `buffer` must outlive the await.
  virtual boost::asio::awaitable<std::size_t> read(std::span<char> buffer) = 0;
  /// All bytes; throws Error{libvirt} if the guest takes no more. `bytes` must outlive the await.
  virtual boost::asio::awaitable<void> write(std::span<const char> bytes) = 0;
  /// Ends the stream; whoever waits for it finds its end. Idempotent.
  virtual void close() = 0;
};

}  // namespace faultline
