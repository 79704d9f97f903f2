// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/config_request.h"

namespace faultline {

/// A condition on a property of a symbol, as Kconfig writes it; "" is always true.
using KconfigExpression = std::string;

/// One `config X` block. A symbol may have several, each with its own dependencies.
struct KconfigDefinition {
  struct Select {
    std::string symbol;
    KconfigExpression condition;
  };
  struct Range {
    std::string low, high;
    KconfigExpression condition;
  };
  std::string file;
  int line = 0;
  std::string type;  ///< bool, tristate, int, hex, string, or "".
  bool has_prompt = false;
  KconfigExpression prompt_condition;
  std::vector<KconfigExpression> depends;  ///< All must hold; with those of if, menu and choice.
  std::vector<Select> selects;
  std::vector<Range> ranges;
  int choice = -1;  ///< Number of the choice that it is an option of, or -1.
};

/// The Kconfig files of a kernel source, read only to explain why a symbol did not take: who wants
/// what is decided by the kernel's own scripts. Immutable; any thread.
class Kconfig {
 public:
  /// Reads `root`/Kconfig and what it sources. `srcarch` replaces $(SRCARCH). Files that are
  /// missing are skipped; never throws on odd input.
  static Kconfig load(const std::filesystem::path& root, const std::string& srcarch);

  bool knows(const std::string& symbol) const { return definitions_.contains(symbol); }
  const std::vector<KconfigDefinition>& definitions(const std::string& symbol) const;

  /// Why `symbol` is not `wanted` in a finished configuration, as clauses without a full stop:
  /// "depends on MODULES (=n)"; "no such symbol in this kernel; did you mean CONFIG_KSM?".
  std::string why_not(const std::string& symbol, const std::string& wanted,
                      const ConfigValues& values) const;

 private:
  friend class KconfigReader;
  std::vector<std::string> selectors(const std::string& symbol, const ConfigValues& values,
                                     bool active) const;

  std::map<std::string, std::vector<KconfigDefinition>> definitions_;
  std::map<std::string, std::vector<std::string>> selected_by_;
  std::vector<std::vector<std::string>> choices_;
};

enum class Tristate { n, m, y };

/// The value of an expression in a configuration. What cannot be evaluated ($(…) macros) counts as
/// met.
Tristate evaluate_kconfig(std::string_view expression, const ConfigValues& values);

/// The parts of a conjunction: "A && (B || C)" gives "A" and "(B || C)".
std::vector<std::string> kconfig_conjuncts(std::string_view expression);

}  // namespace faultline
