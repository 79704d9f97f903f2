// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "bundle/bundle.h"
#include "cli/command.h"
#include "outcome/results.h"

namespace faultline {

/// The lock of a stored run: what it was made from, and where.
BundleLock lock_of(const Invocation& invocation, const Results& results);

/// A bundle on its way to be repeated.
struct OpenedBundle {
  BundleLock lock;
  std::filesystem::path folder;      ///< Unpacked, below the state folder.
  std::filesystem::path experiment;  ///< The experiment's file in it.
};

/// Unpacks a bundle below the state folder (once; its hash names the folder), and makes the
/// bundle's series, configuration and workloads those of this invocation. The agent stays our own.
/// Throws Error{user_input} for a hostile or broken bundle, Error{host}.
OpenedBundle open_bundle(Invocation& invocation, const std::filesystem::path& file);

/// What differs between the bundle's run and ours, and the figures of both side by side.
std::string compared_with_bundle(const OpenedBundle& bundle, const Invocation& invocation,
                                 const Results& here);

}  // namespace faultline
