// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>
#include <filesystem>
#include <optional>

#include "base/clock.h"
#include "kernel/kernel_builder.h"
#include "outcome/results.h"
#include "run/interrupt.h"
#include "run/progress.h"
#include "spec/catalogue.h"
#include "spec/experiment.h"
#include "store/store.h"
#include "virt/hypervisor.h"

namespace faultline {

/// Folders and files that runs use.
struct RunFolders {
  std::filesystem::path cache;        ///< Kernels, images, the accelerator's answer.
  std::filesystem::path scratch;      ///< Of this process alone: the initramfs of the running boot.
  std::filesystem::path artifacts;    ///< Bulk artifacts of boots, kept beside the database.
  std::filesystem::path locks;        ///< Shared by all processes of this user.
  std::filesystem::path guest_parts;  ///< The built agent and workload programs.
  std::filesystem::path busybox;
  std::filesystem::path debian;      ///< guest-images/debian
  std::string mirror;                ///< Where Debian packages come from; "": Debian's own servers.
  std::filesystem::path plugin;      ///< The instrument's shared object.
  std::filesystem::path host = "/";  ///< What is watched while a guest runs here.
};

/// The parts that a run works with; every reference outlives it.
struct RunServices {
  Hypervisor& hypervisor;
  KernelBuilder& builder;
  CommandRunner& commands;
  Store& store;
  const Clock& clock;
  Interrupt& interrupt;
  RunProgress& progress;
  RunFolders folders;
  double patience = 1;  ///< Every deadline of a guest is multiplied by it.
};

struct RunRequest {
  std::optional<unsigned> blocks;  ///< Instead of the experiment's.
  bool fresh = false;              ///< Start a new run even if an unfinished one could go on.
  bool calibration = false;        ///< The experiment is one of calibration_of().
};

struct RunSummary {
  std::int64_t run_id = 0;
  std::size_t boots = 0;           ///< Boots of this plan that have an answer now.
  std::size_t guest_failures = 0;  ///< Of them, those where the guest under test is at fault.
  std::size_t given_up = 0;        ///< Boots that *we* failed, each attempt.
  bool hopeless = false;           ///< So many of them in a row that the others were not tried.
  bool interrupted = false;        ///< There is more to do; the same command goes on.
  std::string stopped = {};        ///< Why the run ended before its plan, as declared; else "".
};

/// From experiment to results: builds what is missing, finds out what the guests can run on, and
/// carries out every boot of the plan that the database does not hold yet, one after the other.
/// Each boot is committed before the next begins. Throws Error for a broken host; what guests and
/// kernels do is data.
boost::asio::awaitable<RunSummary> run_experiment(RunServices& services,
                                                  const Experiment& experiment,
                                                  const Catalogue& catalogue, RunRequest request);

}  // namespace faultline
