// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <csignal>

#include "base/error.h"
#include "base/text.h"
#include "base/version.h"
#include "cli/command.h"

namespace faultline {
namespace {

constexpr const char* description =
    "Faultline A/B-tests Linux memory-management kernels on NUMA virtual machines.\n"
    "Exit status: 0 done, 1 a guest under test or a gate failed, 2 wrong input, 3 the host failed "
    "us,\n"
    "4 interrupted (the same command goes on).";

void add_commands(CLI::App& app, Invocation& invocation) {
  add_run_command(app, invocation);
  add_compare_command(app, invocation);
  add_calibrate_command(app, invocation);
  add_report_command(app, invocation);
  add_bundle_command(app, invocation);
  add_list_command(app, invocation);
  add_show_command(app, invocation);
  add_validate_command(app, invocation);
  add_plan_command(app, invocation);
  add_build_command(app, invocation);
  add_shell_command(app, invocation);
  add_doctor_command(app, invocation);
  add_gc_command(app, invocation);
  add_schema_command(app, invocation);
  add_completion_command(app, invocation);
}

/// The log goes to standard error: standard output is for data.
void set_up_log(bool verbose) {
  spdlog::set_default_logger(spdlog::stderr_color_mt("faultline"));
  spdlog::set_level(verbose ? spdlog::level::debug : spdlog::level::warn);
  spdlog::set_pattern("%^%l%$: %v");
}

ExitStatus run_program(int argc, char** argv) {
  CLI::App app{description, "faultline"};
  app.set_version_flag("--version", std::string("faultline ") + version);
  app.require_subcommand(1);
  app.fallthrough();
  app.get_formatter()->column_width(34);

  Invocation invocation;
  invocation.locations = Locations::of_this_process();
  invocation.database = invocation.locations.database();
  app.add_option("--db", invocation.database, "Results database")
      ->envname("FAULTLINE_DB")
      ->capture_default_str();
  app.add_option("--connect", invocation.connect,
                 "libvirt URI; without it libvirt runs inside this program");
  app.add_flag("-v,--verbose", invocation.verbose, "Say more on standard error");
  app.parse_complete_callback([&invocation] { set_up_log(invocation.verbose); });
  add_commands(app, invocation);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? ExitStatus::done : ExitStatus::user_input;
  }
  return invocation.status;
}

}  // namespace
}  // namespace faultline

int main(int argc, char** argv) {
  // A pager that goes away, a guest's socket that closes: write() tells us.
  std::signal(SIGPIPE, SIG_IGN);
  using faultline::ExitStatus;
  try {
    return static_cast<int>(faultline::run_program(argc, argv));
  } catch (const faultline::Error& error) {
    fmt::print(stderr, "faultline: {}\n", faultline::printable(error.what()));
    return static_cast<int>(faultline::exit_status_of(error.kind()));
  } catch (const std::exception& error) {
    fmt::print(stderr, "faultline: unexpected: {}\n", faultline::printable(error.what()));
    return static_cast<int>(ExitStatus::host_failed);
  }
}
