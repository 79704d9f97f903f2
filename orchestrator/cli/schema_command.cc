// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include "cli/command.h"
#include "cli/loaded_experiment.h"
#include "spec/parse_experiment.h"

namespace faultline {

void add_schema_command(CLI::App& app, Invocation& invocation) {
  CLI::App* command =
      app.add_subcommand("schema", "Print a JSON Schema of the experiment file, for editors");
  command->callback(
      [&invocation] { fmt::print("{}\n", experiment_json_schema(load_catalogue(invocation))); });
}

}  // namespace faultline
