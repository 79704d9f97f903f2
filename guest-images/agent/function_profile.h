// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "observer.h"

namespace faultline::agent {

/// Collector "functions": ftrace's function profiler (kernel/trace/ftrace.c) limited to named
/// functions. Gives NAME.calls and NAME.us, the time between entry and return, callees included.
class FunctionProfile final : public Observer {
 public:
  explicit FunctionProfile(std::vector<std::string> functions,
                           std::string tracefs = "/sys/kernel/tracing")
      : functions_(std::move(functions)), tracefs_(std::move(tracefs)) {}

  std::string prepare(std::vector<std::string>& partly) override;
  void start() override;
  std::map<std::string, double> stop() override;

 private:
  /// Which functions may be traced; the filter then holds these.
  std::vector<std::string> set_filter();
  void clear_filter();

  std::vector<std::string> functions_;
  std::string tracefs_;
};

/// Adds one processor's table (trace_stat/functionN) to `values`. It cuts names to 30 letters;
/// `functions` says what they were.
void add_function_table(std::string_view table, const std::vector<std::string>& functions,
                        std::map<std::string, double>& values);

}  // namespace faultline::agent
