// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <optional>
#include <string>

#include "cli/exit_status.h"
#include "cli/locations.h"

namespace faultline {

/// What all commands share: where things are, and the options that stand before or after the
/// command's name.
struct Invocation {
  Locations locations;
  std::string connect;  ///< libvirt URI; empty: the embedded driver.
  std::filesystem::path database;
  bool verbose = false;
  /// Set by the command that ran.
  ExitStatus status = ExitStatus::done;
};

// Each adds one command; `invocation` outlives the parse.
void add_doctor_command(CLI::App& app, Invocation& invocation);
void add_validate_command(CLI::App& app, Invocation& invocation);
void add_plan_command(CLI::App& app, Invocation& invocation);
void add_build_command(CLI::App& app, Invocation& invocation);
void add_run_command(CLI::App& app, Invocation& invocation);
void add_list_command(CLI::App& app, Invocation& invocation);
void add_show_command(CLI::App& app, Invocation& invocation);
void add_calibrate_command(CLI::App& app, Invocation& invocation);
void add_compare_command(CLI::App& app, Invocation& invocation);
void add_report_command(CLI::App& app, Invocation& invocation);
void add_bundle_command(CLI::App& app, Invocation& invocation);
void add_shell_command(CLI::App& app, Invocation& invocation);
void add_gc_command(CLI::App& app, Invocation& invocation);
void add_schema_command(CLI::App& app, Invocation& invocation);
void add_completion_command(CLI::App& app, Invocation& invocation);

}  // namespace faultline
