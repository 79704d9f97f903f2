// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/kconfig.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"

namespace faultline {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t most_files = 20'000;
constexpr int deepest_source = 64;

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

/// Cuts the first word off; the rest is trimmed.
std::string_view take_word(std::string_view& text) {
  const auto end = std::min(text.find_first_of(" \t"), text.size());
  const std::string_view word = text.substr(0, end);
  text = trimmed(text.substr(end));
  return word;
}

/// Splits "REST if CONDITION" at the last " if " outside quotes.
std::string split_condition(std::string_view& text) {
  char quote = '\0';
  std::size_t found = std::string_view::npos;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (quote != '\0') {
      if (text[i] == quote) quote = '\0';
    } else if (text[i] == '"' || text[i] == '\'') {
      quote = text[i];
    } else if (text.substr(i).starts_with("if ") &&
               (i == 0 || text[i - 1] == ' ' || text[i - 1] == '\t' || text[i - 1] == '"')) {
      found = i;
    }
  }
  if (found == std::string_view::npos) return {};
  const std::string condition(trimmed(text.substr(found + 3)));
  text = trimmed(text.substr(0, found));
  return condition;
}

std::size_t indentation(std::string_view line) {
  std::size_t columns = 0;
  for (const char c : line) {
    if (c == ' ')
      ++columns;
    else if (c == '\t')
      columns = (columns / 8 + 1) * 8;
    else
      break;
  }
  return columns;
}

}  // namespace

/// Reads Kconfig files into a Kconfig: one level of `scopes_` for each open if, menu and choice.
class KconfigReader {
 public:
  KconfigReader(fs::path root, std::string srcarch, Kconfig& into)
      : root_(std::move(root)), srcarch_(std::move(srcarch)), into_(into) {}

  void read(const fs::path& file, int depth) {
    if (depth > deepest_source || ++files_ > most_files) return;
    std::string text;
    try {
      text = read_file(root_ / file, std::size_t{4} << 20);
    } catch (const Error&) {
      return;
    }
    Entry outer = entry_;
    entry_ = {};
    read_lines(text, file, depth);
    entry_ = outer;
  }

 private:
  struct Scope {
    enum class Kind { condition, menu, choice } kind = Kind::menu;
    std::vector<KconfigExpression> depends;
    int choice = -1;
  };
  /// What the attribute lines below belong to.
  struct Entry {
    enum class Kind { none, config, scope } kind = Kind::none;
    std::string symbol;
  };

  void read_lines(std::string_view text, const fs::path& file, int depth) {
    std::string joined;
    int line_number = 0, first_line = 0;
    bool in_help = false;
    std::size_t help_indent = 0;
    while (!text.empty()) {
      const auto end = std::min(text.find('\n'), text.size());
      std::string_view line = text.substr(0, end);
      text.remove_prefix(std::min(end + 1, text.size()));
      ++line_number;
      if (in_help) {
        if (trimmed(line).empty()) continue;
        if (help_indent == 0) help_indent = indentation(line);
        if (indentation(line) >= help_indent && help_indent > 0) continue;
        in_help = false;
      }
      if (joined.empty()) first_line = line_number;
      if (!line.empty() && line.back() == '\\') {
        joined += line.substr(0, line.size() - 1);
        continue;
      }
      joined += line;
      std::string_view statement = trimmed(joined);
      if (statement == "help" || statement == "---help---") {
        in_help = true;
        help_indent = 0;
      } else if (!statement.empty() && statement.front() != '#') {
        take_statement(statement, file, first_line, depth);
      }
      joined.clear();
    }
  }

  void take_statement(std::string_view line, const fs::path& file, int number, int depth) {
    const std::string_view whole = line;
    const std::string_view word = take_word(line);
    if (word == "config" || word == "menuconfig") {
      begin_config(std::string(line), file, number);
    } else if (word == "if") {
      scopes_.push_back({Scope::Kind::condition, {std::string(line)}, -1});
      entry_ = {};
    } else if (word == "menu") {
      scopes_.push_back({Scope::Kind::menu, {}, -1});
      entry_ = {Entry::Kind::scope, {}};
    } else if (word == "choice") {
      into_.choices_.emplace_back();
      scopes_.push_back({Scope::Kind::choice, {}, static_cast<int>(into_.choices_.size()) - 1});
      entry_ = {Entry::Kind::scope, {}};
    } else if (word == "endif" || word == "endmenu" || word == "endchoice") {
      if (!scopes_.empty()) scopes_.pop_back();
      entry_ = {};
    } else if (word == "source" || word == "rsource" || word == "osource" || word == "orsource") {
      std::string name = unquoted(line);
      for (std::size_t at; (at = name.find("$(SRCARCH)")) != std::string::npos;)
        name.replace(at, 10, srcarch_);
      if (word == "rsource" || word == "orsource") name = (file.parent_path() / name).string();
      if (name.find("..") == std::string::npos && !name.starts_with("/")) read(name, depth + 1);
      entry_ = {};
    } else if (word == "comment" || word == "mainmenu") {
      entry_ = {};
    } else if (entry_.kind != Entry::Kind::none) {
      take_attribute(whole);
    }
  }

  void begin_config(const std::string& symbol, const fs::path& file, int number) {
    KconfigDefinition definition;
    definition.file = file.string();
    definition.line = number;
    for (const Scope& scope : scopes_) {
      for (const auto& condition : scope.depends) definition.depends.push_back(condition);
      if (scope.kind == Scope::Kind::choice) definition.choice = scope.choice;
    }
    if (definition.choice >= 0)
      into_.choices_[static_cast<std::size_t>(definition.choice)].push_back(symbol);
    into_.definitions_[symbol].push_back(std::move(definition));
    entry_ = {Entry::Kind::config, symbol};
  }

  void take_attribute(std::string_view line) {
    const std::string_view word = take_word(line);
    if (word == "depends") {
      take_word(line);  // "on"
      if (entry_.kind == Entry::Kind::config)
        definition().depends.emplace_back(line);
      else if (!scopes_.empty())
        scopes_.back().depends.emplace_back(line);
      return;
    }
    if (entry_.kind != Entry::Kind::config) return;
    const bool is_type =
        word == "bool" || word == "tristate" || word == "int" || word == "hex" || word == "string";
    if (is_type || word == "prompt") {
      if (is_type) definition().type = word;
      if (line.empty()) return;
      definition().prompt_condition = split_condition(line);
      definition().has_prompt = true;
    } else if (word.starts_with("def_")) {
      definition().type = word.substr(4);
    } else if (word == "select") {
      KconfigDefinition::Select select;
      select.condition = split_condition(line);
      select.symbol = line;
      into_.selected_by_[select.symbol].push_back(entry_.symbol);
      definition().selects.push_back(std::move(select));
    } else if (word == "range") {
      KconfigDefinition::Range range;
      range.condition = split_condition(line);
      range.low = take_word(line);
      range.high = line;
      definition().ranges.push_back(std::move(range));
    }
  }

  KconfigDefinition& definition() { return into_.definitions_[entry_.symbol].back(); }

  static std::string unquoted(std::string_view text) {
    if (text.size() >= 2 && (text.front() == '"' || text.front() == '\''))
      text = text.substr(1, text.size() - 2);
    return std::string(text);
  }

  fs::path root_;
  std::string srcarch_;
  Kconfig& into_;
  std::vector<Scope> scopes_;
  Entry entry_;
  std::size_t files_ = 0;
};

Kconfig Kconfig::load(const fs::path& root, const std::string& srcarch) {
  Kconfig kconfig;
  KconfigReader(root, srcarch, kconfig).read("Kconfig", 0);
  return kconfig;
}

const std::vector<KconfigDefinition>& Kconfig::definitions(const std::string& symbol) const {
  static const std::vector<KconfigDefinition> none;
  const auto found = definitions_.find(symbol);
  return found == definitions_.end() ? none : found->second;
}

namespace {

Tristate tristate_of(const std::string& value) {
  return value == "y" ? Tristate::y : value == "m" ? Tristate::m : Tristate::n;
}

/// "MODULES (=n)", or "X86 || ARM64 (X86=n, ARM64=n)": a condition with the values in it.
std::string with_values(const std::string& expression, const ConfigValues& values) {
  std::vector<std::string> symbols;
  for (std::size_t i = 0; i < expression.size();) {
    if (expression[i] == '"') {
      i = std::min(expression.find('"', i + 1), expression.size() - 1) + 1;
      continue;
    }
    std::size_t end = i;
    while (end < expression.size() &&
           (std::isalnum(static_cast<unsigned char>(expression[end])) || expression[end] == '_'))
      ++end;
    const std::string word = expression.substr(i, end - i);
    if (!word.empty() && std::isupper(static_cast<unsigned char>(word[0])) &&
        std::find(symbols.begin(), symbols.end(), word) == symbols.end())
      symbols.push_back(word);
    i = std::max(end, i + 1);
  }
  if (symbols.empty()) return expression;
  if (symbols.size() == 1 && symbols[0] == expression)
    return expression + " (=" + config_value(values, symbols[0]) + ")";
  std::string text = expression + " (";
  for (std::size_t i = 0; i < symbols.size(); ++i)
    text += (i > 0 ? ", " : "") + symbols[i] + "=" + config_value(values, symbols[i]);
  return text + ")";
}

std::string joined(const std::vector<std::string>& parts, std::string_view between) {
  std::string text;
  for (const auto& part : parts) {
    if (!text.empty()) text += between;
    text += part;
  }
  return text;
}

/// The dependencies of a definition whose value is below `wanted`.
std::vector<std::string> unmet(const KconfigDefinition& definition, Tristate wanted,
                               const ConfigValues& values) {
  std::vector<std::string> found;
  for (const auto& condition : definition.depends)
    for (const auto& part : kconfig_conjuncts(condition))
      if (evaluate_kconfig(part, values) < wanted) {
        const std::string text = "depends on " + with_values(part, values);
        if (std::find(found.begin(), found.end(), text) == found.end()) found.push_back(text);
      }
  return found;
}

}  // namespace

std::vector<std::string> Kconfig::selectors(const std::string& symbol, const ConfigValues& values,
                                            bool active) const {
  std::vector<std::string> found;
  const auto list = selected_by_.find(symbol);
  if (list == selected_by_.end()) return found;
  for (const std::string& selector : list->second) {
    const bool on = config_value(values, selector) != "n";
    if (active && !on) continue;
    if (active)
      for (const auto& definition : definitions(selector))
        for (const auto& select : definition.selects)
          if (select.symbol == symbol && evaluate_kconfig(select.condition, values) == Tristate::n)
            goto next;
    if (const std::string text = selector + " (=" + config_value(values, selector) + ")";
        std::find(found.begin(), found.end(), text) == found.end())
      found.push_back(text);
  next:;
  }
  return found;
}

std::string Kconfig::why_not(const std::string& symbol, const std::string& wanted,
                             const ConfigValues& values) const {
  if (!knows(symbol)) {
    std::vector<std::string> names;
    for (const auto& [name, ignored] : definitions_) names.push_back(name);
    const std::string near = nearest_name(symbol, names);
    return "no such symbol in this kernel" +
           (near.empty() ? "" : "; did you mean CONFIG_" + near + "?");
  }
  const auto& all = definitions(symbol);
  const std::string actual = config_value(values, symbol);
  std::string type;
  for (const auto& definition : all)
    if (!definition.type.empty()) type = definition.type;

  // Off was asked, or less than it is.
  const bool truth_value = type == "bool" || type == "tristate";
  if (truth_value && tristate_of(wanted) < tristate_of(actual)) {
    const auto active = selectors(symbol, values, true);
    if (!active.empty()) return "selected by " + joined(active, ", ");
    bool prompt = false;
    for (const auto& definition : all) prompt = prompt || definition.has_prompt;
    if (!prompt) return "has no prompt: its default decides, a configuration line cannot";
    if (wanted == "m" && type == "bool") return "is a bool: it can be y or n, not a module";
  }

  std::vector<std::string> reasons;
  // A bool may be y when its dependencies are only m.
  const Tristate needed =
      type == "tristate" ? std::max(tristate_of(wanted), Tristate::m) : Tristate::m;
  for (const auto& definition : all) {
    auto missing = unmet(definition, needed, values);
    if (missing.empty()) {
      reasons.clear();
      break;
    }
    reasons.push_back(joined(missing, "; "));
  }
  if (!reasons.empty()) return joined(reasons, "; or ");

  for (const auto& definition : all) {
    if (definition.choice >= 0 && wanted == "y") {
      for (const auto& other : choices_[static_cast<std::size_t>(definition.choice)])
        if (other != symbol && config_value(values, other) == "y")
          return "is one of a choice, and CONFIG_" + other + " is the one that is set";
    }
    for (const auto& range : definition.ranges)
      if (evaluate_kconfig(range.condition, values) != Tristate::n)
        return "is " + actual + "; allowed are " + range.low + " to " + range.high;
  }
  bool has_prompt = false, prompt_met = false;
  std::string condition;
  for (const auto& definition : all) {
    if (!definition.has_prompt) continue;
    has_prompt = true;
    condition = definition.prompt_condition;
    prompt_met = prompt_met || evaluate_kconfig(condition, values) != Tristate::n;
  }
  if (!has_prompt) {
    const auto by = selectors(symbol, values, false);
    if (by.empty()) return "has no prompt: its default decides, a configuration line cannot";
    return "has no prompt; it is on when one of these is: " + joined(by, ", ");
  }
  if (!prompt_met) return "can only be changed if " + with_values(condition, values);
  if (wanted == "m" && type == "bool") return "is a bool: it can be y or n, not a module";
  return "is " + actual + " in the finished configuration";
}

}  // namespace faultline
