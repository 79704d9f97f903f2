// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>
#include <filesystem>
#include <optional>
#include <string>

#include "async/deadlines.h"
#include "base/clock.h"
#include "virt/hypervisor.h"

namespace faultline {

/// Whether guests really run on KVM here.
struct AcceleratorAnswer {
  bool usable = false;
  std::string reason;  ///< A sentence for people: what was seen.
  /// Another try would give the same. Not so after a timeout or a refusal, which may be the fault
  /// of this moment.
  bool certain = false;
  bool operator==(const AcceleratorAnswer&) const = default;
};

/// A guest that says anything at all on its console or its events and then powers off.
struct ProbeGuest {
  std::filesystem::path kernel;
  std::filesystem::path initramfs;
  std::string cmdline;
  std::string kernel_key;  ///< Names the kernel: another one is another question.
};

/// All that the answer depends on.
struct ProbeKey {
  std::string host_kernel;
  std::string cpu_model;
  std::string qemu_version;
  std::string libvirt_version;
  std::string kernel_key;
  bool operator==(const ProbeKey&) const = default;
};

/// Runs the guest on KVM. That /dev/kvm opens, and even that a virtual machine can be created,
/// proves nothing: a nested or paravirtual KVM may not be able to run a kernel. Throws Error only
/// if the hypervisor cannot even tell its facts.
boost::asio::awaitable<AcceleratorAnswer> probe_kvm(Hypervisor& hypervisor, ProbeGuest guest,
                                                    Deadlines deadlines);

/// The key for this host's kernel and CPU.
ProbeKey probe_key(const HypervisorFacts& facts, std::string kernel_key);

/// The answer that was remembered under the key; none if the file is missing or unreadable. An
/// uncertain answer holds for a day: long enough not to wait for each probe's deadline again.
std::optional<AcceleratorAnswer> remembered_answer(const std::filesystem::path& cache_file,
                                                   const ProbeKey& key, const Clock& clock);
/// Keeps the last few answers. Throws Error{host} if the file cannot be written.
void remember_answer(const std::filesystem::path& cache_file, const ProbeKey& key,
                     const AcceleratorAnswer& answer, const Clock& clock);

/// The remembered answer, or that of a probe, which is then remembered. `hypervisor` and `clock`
/// must outlive the await.
boost::asio::awaitable<AcceleratorAnswer> kvm_answer(Hypervisor& hypervisor, ProbeGuest guest,
                                                     std::filesystem::path cache_file,
                                                     Deadlines deadlines, const Clock& clock);

}  // namespace faultline
