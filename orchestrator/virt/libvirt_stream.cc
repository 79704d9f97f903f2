// SPDX-License-Identifier: GPL-2.0-or-later
#include "virt/libvirt_stream.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/experimental/concurrent_channel.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <mutex>
#include <utility>

namespace faultline {
namespace asio = boost::asio;
namespace {

constexpr int would_block = -2;

/// Remembers one wake-up, so that none is lost between looking and waiting.
using Wakeup = asio::experimental::concurrent_channel<void(boost::system::error_code)>;

}  // namespace

/// What the callback on the event loop's thread uses; lives until libvirt frees the callback.
struct LibvirtStream::Shared {
  explicit Shared(const asio::any_io_executor& executor)
      : readable(executor, 1), writable(executor, 1) {}
  std::mutex mutex;
  int wanted = 0;  ///< Events that somebody waits for.
  Wakeup readable;
  Wakeup writable;
  bool closed = false;  ///< Of the strand.

  void want(virStream* stream, int events) {
    const std::lock_guard lock(mutex);
    wanted |= events;
    ::virStreamEventUpdateCallback(stream, wanted);
  }

  static void on_event(virStreamPtr stream, int events, void* opaque) {
    auto& self = **static_cast<std::shared_ptr<Shared>*>(opaque);
    constexpr int ended = VIR_STREAM_EVENT_HANGUP | VIR_STREAM_EVENT_ERROR;
    {
      // Each event is told once: the descriptor stays ready until somebody reads.
      const std::lock_guard lock(self.mutex);
      self.wanted &= ~events;
      if (events & ended) self.wanted = 0;
      ::virStreamEventUpdateCallback(stream, self.wanted);
    }
    if (events & (VIR_STREAM_EVENT_READABLE | ended))
      self.readable.try_send(boost::system::error_code{});
    if (events & (VIR_STREAM_EVENT_WRITABLE | ended))
      self.writable.try_send(boost::system::error_code{});
  }
};

StreamHandle LibvirtStream::create(virConnect* connection) {
  StreamHandle stream(::virStreamNew(connection, VIR_STREAM_NONBLOCK));
  if (!stream) throw libvirt_error("creating a stream");
  return stream;
}

LibvirtStream::LibvirtStream(StreamHandle stream, const asio::any_io_executor& executor,
                             Retire retire)
    : stream_(std::move(stream)),
      retire_(std::move(retire)),
      shared_(std::make_shared<Shared>(executor)) {
  auto* opaque = new std::shared_ptr<Shared>(shared_);
  const auto free = [](void* given) { delete static_cast<std::shared_ptr<Shared>*>(given); };
  if (::virStreamEventAddCallback(stream_.get(), 0, &Shared::on_event, opaque, free) != 0) {
    delete opaque;
    throw libvirt_error("watching a stream");
  }
}

LibvirtStream::~LibvirtStream() {
  close();
}

void LibvirtStream::close() {
  if (std::exchange(shared_->closed, true)) return;
  ::virStreamEventRemoveCallback(stream_.get());
  retire_(std::move(stream_));
  shared_->readable.try_send(boost::system::error_code{});
  shared_->writable.try_send(boost::system::error_code{});
}

asio::awaitable<std::size_t> LibvirtStream::read(std::span<char> buffer) {
  // Keeps what is awaited alive if the stream is destroyed meanwhile.
  const auto shared = shared_;
  while (!shared->closed) {
    const int got = ::virStreamRecv(stream_.get(), buffer.data(), buffer.size());
    if (got >= 0) co_return static_cast<std::size_t>(got);
    if (got != would_block) co_return 0;  // QEMU is gone; why, the end of the guest will tell
    shared->want(stream_.get(), VIR_STREAM_EVENT_READABLE);
    co_await shared->readable.async_receive(asio::use_awaitable);
  }
  co_return 0;
}

asio::awaitable<void> LibvirtStream::write(std::span<const char> bytes) {
  const auto shared = shared_;
  while (!bytes.empty()) {
    if (shared->closed) throw Error(ErrorKind::libvirt, "writing to the guest", "it has ended");
    const int put = ::virStreamSend(stream_.get(), bytes.data(), bytes.size());
    if (put == would_block) {
      shared->want(stream_.get(), VIR_STREAM_EVENT_WRITABLE);
      co_await shared->writable.async_receive(asio::use_awaitable);
    } else if (put < 0) {
      throw libvirt_error("writing to the guest");
    } else {
      bytes = bytes.subspan(static_cast<std::size_t>(put));
    }
  }
}

}  // namespace faultline
