// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "cli/command.h"
#include "cli/doctor_checks.h"

namespace faultline {
namespace {

const char* name_of(DoctorFinding::State state) {
  switch (state) {
    case DoctorFinding::State::good:
      return "good";
    case DoctorFinding::State::warning:
      return "warning";
    case DoctorFinding::State::bad:
      return "bad";
  }
  return "";
}

void print_text(const std::vector<DoctorFinding>& findings) {
  for (const DoctorFinding& finding : findings) {
    fmt::print("{:<8} {:<18} {}\n", name_of(finding.state), finding.what, printable(finding.found));
    if (!finding.fix.empty()) fmt::print("{:<8} {:<18} fix: {}\n", "", "", printable(finding.fix));
  }
}

void print_json(const std::vector<DoctorFinding>& findings) {
  nlohmann::json list = nlohmann::json::array();
  for (const DoctorFinding& finding : findings)
    list.push_back({{"state", name_of(finding.state)},
                    {"what", finding.what},
                    {"found", finding.found},
                    {"fix", finding.fix}});
  fmt::print("{}\n", list.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
}

}  // namespace

void add_doctor_command(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand(
      "doctor", "Look at this host: KVM, libvirt, QEMU, disk, packages; each with its fix");
  auto json = std::make_shared<bool>(false);
  command->add_flag("--json", *json, "Print JSON");
  command->callback([&invocation, json] {
    Runtime runtime(invocation);
    const std::vector<DoctorFinding> findings =
        runtime.complete(doctor_findings(runtime, invocation.locations));
    if (*json)
      print_json(findings);
    else
      print_text(findings);
    for (const DoctorFinding& finding : findings)
      if (finding.state == DoctorFinding::State::bad) invocation.status = ExitStatus::host_failed;
  });
}

}  // namespace faultline
