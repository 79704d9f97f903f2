// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <chrono>

namespace faultline {

using SteadyTime = std::chrono::steady_clock::time_point;
using WallTime = std::chrono::system_clock::time_point;

/// Port: what time it is. Deadlines use steady(), records use wall(). Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual SteadyTime steady() const = 0;
  virtual WallTime wall() const = 0;
};

/// The clock of this host.
class SystemClock final : public Clock {
 public:
  SteadyTime steady() const override { return std::chrono::steady_clock::now(); }
  WallTime wall() const override { return std::chrono::system_clock::now(); }
};

}  // namespace faultline
