// SPDX-License-Identifier: GPL-2.0-or-later
#include "outcome/results.h"

#include <array>
#include <cstdlib>
#include <utility>

#include "base/error.h"

namespace faultline {
namespace {

constexpr std::array<std::pair<ProcessEnd::Kind, const char*>, 5> end_names{{
    {ProcessEnd::Kind::exited, "exited"},
    {ProcessEnd::Kind::signalled, "signalled"},
    {ProcessEnd::Kind::timed_out, "timed_out"},
    {ProcessEnd::Kind::oom_killed, "oom_killed"},
    {ProcessEnd::Kind::not_started, "not_started"},
}};

}  // namespace

std::string to_string(ProcessEnd::Kind kind) {
  for (const auto& [value, name] : end_names)
    if (value == kind) return name;
  std::abort();  // A value that is no enumerator: our bug.
}

ProcessEnd::Kind process_end_kind_from(const std::string& name) {
  for (const auto& [value, known] : end_names)
    if (name == known) return value;
  throw Error(ErrorKind::store, "reading the end of a process", "unknown end '" + name + "'",
              "the data is from another version of Faultline, or was changed by hand");
}

}  // namespace faultline
