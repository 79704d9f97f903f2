// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include "cli/command.h"

namespace faultline {
namespace {

/// A word list for each command, taken from the parser itself, so that it cannot grow stale.
std::string words_of(const CLI::App& app) {
  std::string words;
  for (const CLI::Option* option : app.get_options())
    for (const std::string& name : option->get_lnames()) words += " --" + name;
  return words;
}

std::string bash_completion(const CLI::App& app) {
  std::string commands;
  std::string cases;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    commands += " " + command->get_name();
    cases += fmt::format("    {}) words=\"{} {}\" ;;\n", command->get_name(), words_of(*command),
                         words_of(app));
  }
  return fmt::format(R"(# bash completion of faultline; in ~/.bashrc: source <(faultline completion)
_faultline() {{
  local word=${{COMP_WORDS[COMP_CWORD]}} command= words= i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${{COMP_WORDS[i]}} in -*) ;; *) command=${{COMP_WORDS[i]}}; break ;; esac
  done
  case $command in
    '') words="{} {}" ;;
{}  esac
  case $word in
    -*) COMPREPLY=($(compgen -W "$words" -- "$word")) ;;
    *) if [ -z "$command" ]; then COMPREPLY=($(compgen -W "$words" -- "$word"));
       else compopt -o default; COMPREPLY=($(compgen -f -X '!*.@(yaml|yml)' -- "$word")); fi ;;
  esac
}}
complete -F _faultline faultline
)",
                     commands, words_of(app), cases);
}

}  // namespace

void add_completion_command(CLI::App& app, Invocation&) {
  CLI::App* command = app.add_subcommand("completion", "Print bash completion");
  command->callback([&app] { fmt::print("{}", bash_completion(app)); });
}

}  // namespace faultline
