// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/loaded_experiment.h"

#include <fmt/format.h>

#include "base/diagnostic.h"
#include "base/files.h"
#include "spec/parse_experiment.h"

namespace faultline {
namespace {

constexpr std::size_t max_experiment_bytes = std::size_t{4} << 20;

void print(const std::vector<Diagnostic>& diagnostics) {
  for (const Diagnostic& diagnostic : diagnostics)
    fmt::print(stderr, "{}\n", to_string(diagnostic));
}

std::string read_experiment(const std::string& file) {
  try {
    return read_file(file, max_experiment_bytes);
  } catch (const Error& error) {
    throw Error(ErrorKind::user_input, error.doing(), error.cause(),
                "name an experiment file; examples are in experiments/");
  }
}

}  // namespace

Catalogue load_catalogue(const Invocation& invocation) {
  std::vector<Diagnostic> diagnostics;
  Catalogue catalogue = Catalogue::load(invocation.locations.root, diagnostics);
  print(diagnostics);
  return catalogue;
}

std::optional<LoadedExperiment> load_experiment(Invocation& invocation, const std::string& file) {
  const std::string text = read_experiment(file);
  Catalogue catalogue = load_catalogue(invocation);
  ParsedExperiment parsed = parse_experiment(text, file, catalogue);
  print(parsed.diagnostics);
  if (!parsed.experiment) {
    std::size_t errors = 0;
    for (const Diagnostic& diagnostic : parsed.diagnostics)
      if (diagnostic.severity == Severity::error) ++errors;
    fmt::print(stderr, "{}: {} {}\n", file, errors, errors == 1 ? "mistake" : "mistakes");
    invocation.status = ExitStatus::user_input;
    return std::nullopt;
  }
  return LoadedExperiment{std::move(catalogue), std::move(*parsed.experiment)};
}

}  // namespace faultline
