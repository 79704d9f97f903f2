// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <memory>
#include <optional>

#include "virt/hypervisor.h"
#include "virt/libvirt_session.h"

namespace faultline {

struct DomainPlacement;

/// Runs guests through libvirt: by default the QEMU driver embedded in this process, or any URI.
/// Its operations complete on their caller's executor (a strand, or a context with one thread),
/// which has to outlive it; it has to outlive its guests. libvirt takes one root for the embedded
/// driver in the life of a process.
class LibvirtHypervisor final : public Hypervisor {
 public:
  using Options = LibvirtSession::Options;

  /// Starts the guests' guard, a forked child, so call it early. Connects at the first use. Throws
  /// Error{host} if the state directory cannot be used.
  explicit LibvirtHypervisor(Options options);
  ~LibvirtHypervisor() override;

  boost::asio::awaitable<HypervisorFacts> facts() override;
  boost::asio::awaitable<std::unique_ptr<VirtualMachine>> start(GuestMachine machine) override;
  boost::asio::awaitable<std::vector<std::string>> sweep() override;

 private:
  struct Host;
  /// Connects if that is still to be done, and learns what start() needs.
  boost::asio::awaitable<std::shared_ptr<const Host>> host();
  void connect_and_learn();

  LibvirtSession session_;
  std::mutex connecting_;
  std::shared_ptr<const Host> host_;  ///< Guarded by `connecting_`.
  std::atomic<unsigned> started_{0};
};

}  // namespace faultline
