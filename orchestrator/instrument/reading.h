// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "instrument/account.h"
#include "instrument/kernel_symbols.h"
#include "instrument/program_symbols.h"
#include "outcome/results.h"

namespace faultline {

/// A metric that is instructions for each call of a kernel function, with all that it calls.
struct PerCallMetric {
  std::string metric;
  std::vector<std::string> functions;  ///< Their instructions over their calls, all together.
};

/// What the instrument says of one step.
struct StepReading {
  StepProfile profile;                ///< All iterations together.
  std::vector<SampleRecord> samples;  ///< Of each iteration.
};

struct Reading {
  std::map<std::uint32_t, StepReading> steps;  ///< By the step's id in the run sheet.
  std::vector<std::string> problems;           ///< Sentences.
};

/// What the guest's code is called.
struct Symbols {
  KernelSymbols kernel;
  ProgramSymbols programs;
};

/// What was asked for, as far as it decides which figures make sense.
struct ReadingForm {
  bool calls = false;
  bool memory = false;
  bool cache = false;
  bool several_nodes = false;
};

/// Names what the account counted, and makes samples of it. `per_call` stands by step id. Pure.
Reading make_reading(const Account& account, const Symbols& symbols, const ReadingForm& form,
                     const std::map<std::uint32_t, std::vector<PerCallMetric>>& per_call);

/// The metrics that every instrumented step has besides those of its workload.
std::vector<MetricInfo> instrument_metrics(const std::string& workload, const ReadingForm& form);

}  // namespace faultline
