// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/unique_fd.h"
#include "virt/byte_stream.h"
#include "virt/hypervisor.h"
#include "virt/libvirt_session.h"
#include "virt/pipe_stream.h"

namespace faultline {

/// What libvirt's thread, the pool's threads and the guest's owner know in common about one guest:
/// whether and how it ended.
class MachineFate final : public DomainListener, public std::enable_shared_from_this<MachineFate> {
 public:
  MachineFate(LibvirtSession& session, const boost::asio::any_io_executor& executor,
              std::string domain_name);
  ~MachineFate() override;

  void on_lifecycle(int event, int detail) override;
  void on_shutdown(const std::string& reason) override;

  /// We are about to destroy the guest: its end will be `destroyed`.
  void expect_destruction();
  /// Completes when the guest has ended or is paused for good; any number of times.
  boost::asio::awaitable<GuestEnd> wait_end();
  /// The guest has ended by itself: QEMU is on its way out, libvirt tidies up.
  bool is_ending() const;
  /// Completes when libvirt has nothing of the guest any more.
  boost::asio::awaitable<void> wait_gone();
  /// Removes these files then.
  void remove_when_gone(std::vector<std::filesystem::path> files);

 private:
  struct Shared;
  void end(GuestEnd::Kind kind);
  void examine_pause();
  LibvirtSession& session_;
  std::string domain_name_;
  std::shared_ptr<Shared> shared_;
};

/// A guest that libvirt runs. Used on one strand; the session outlives it.
class LibvirtMachine final : public VirtualMachine {
 public:
  /// What starting gave.
  struct Parts {
    DomainHandle domain;
    std::optional<PipePair> console_pipes;  ///< With the embedded driver; else there is `console`.
    StreamHandle console;
    StreamHandle events, artifacts;  ///< Empty on the instruction clock.
    UniqueFd process;                ///< A pidfd of QEMU, if it runs on this host.
  };

  LibvirtMachine(LibvirtSession& session, const boost::asio::any_io_executor& executor,
                 std::shared_ptr<MachineFate> fate, std::string domain_name, std::string xml,
                 Parts parts);
  ~LibvirtMachine() override;

  boost::asio::awaitable<void> resume() override;
  boost::asio::awaitable<std::size_t> read(GuestStream stream, std::span<char> buffer) override;
  boost::asio::awaitable<void> write_console(std::span<const char> bytes) override;
  boost::asio::awaitable<GuestEnd> wait_end() override;
  boost::asio::awaitable<void> destroy() override;
  boost::asio::awaitable<std::vector<RamBlock>> ram_blocks() override;
  std::string xml() const override { return xml_; }

 private:
  boost::asio::awaitable<void> wait_process();
  void close();
  LibvirtSession& session_;
  std::shared_ptr<MachineFate> fate_;
  std::string domain_name_;
  std::string xml_;
  std::shared_ptr<virDomain> domain_;  ///< Shared with calls that still run.
  boost::asio::posix::stream_descriptor process_;
  std::map<GuestStream, std::unique_ptr<ByteStream>> streams_;
};

}  // namespace faultline
