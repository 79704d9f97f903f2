// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/stored_run.h"

#include "base/error.h"

namespace faultline {

Results stored_results(const Invocation& invocation, std::int64_t run_id) {
  const std::string what = "looking for results in " + invocation.database.string();
  const char* hint = "start a run with 'faultline run FILE', or name another database with --db";
  if (!std::filesystem::exists(invocation.database))
    throw Error(ErrorKind::user_input, what, "no such file", hint);
  Store store = Store::open(invocation.database, Store::Mode::read_only);
  if (run_id == 0) {
    for (const RunInfo& run : store.runs()) run_id = std::max(run_id, run.run_id);
    if (run_id == 0) throw Error(ErrorKind::user_input, what, "it holds no run", hint);
  }
  return store.results(run_id);
}

}  // namespace faultline
