// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "outcome/profile.h"

namespace faultline {

/// What the plugin wrote of one guest, before anything has a name (docs/instrument.md).
struct Account {
  struct Place {
    enum class Kind { kernel, user, code };
    Kind kind = Kind::code;
    std::uint64_t function = 0;  ///< kernel: number in the list of functions.
    std::uint64_t page = 0;      ///< user: hash of the page.
    std::uint64_t pc = 0;        ///< user, code.
  };
  struct Instructions {
    std::uint32_t place, cpu;
    std::uint64_t count;
  };
  struct Entries {
    std::uint32_t place;
    std::uint64_t count;
  };
  struct Access {
    std::uint32_t place;
    NodeTraffic traffic;
  };
  struct Stack {
    std::uint64_t count;
    std::vector<std::uint32_t> path;  ///< Places, outermost first.
  };
  /// One iteration of one step.
  struct Section {
    std::uint32_t step = 0;
    std::uint32_t iteration = 0;
    std::uint64_t total = 0;  ///< Instructions of all CPUs.
    std::vector<Instructions> instructions;
    std::vector<Entries> entries;
    std::vector<Access> accesses;
    std::vector<Stack> stacks;
  };
  std::vector<Place> places;
  std::vector<Section> sections;  ///< Those that were finished, in order.
  std::vector<std::string>
      problems;  ///< The plugin's own complaints, and lines that make no sense.
};

/// Reads the plugin's output. A guest may die at any moment: a section without its end is left out,
/// and said so in `problems`, as is every malformed line (the first few). Never throws.
Account read_account(std::string_view text);

}  // namespace faultline
