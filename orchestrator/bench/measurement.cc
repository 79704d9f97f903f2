// SPDX-License-Identifier: GPL-2.0-or-later
#include "bench/measurement.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>

#include "base/error.h"

namespace faultline::bench {

Measurement measured(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  const pid_t child = ::fork();
  if (child < 0) throw Error(ErrorKind::host, "starting a measurement", "fork failed");
  if (child == 0) {
    int status = 0;
    try {
      work();
    } catch (const std::exception& error) {
      fmt::print(stderr, "{}\n", error.what());
      status = 1;
    }
    std::fflush(nullptr);
    ::_exit(status);
  }
  int status = 0;
  rusage usage{};
  ::wait4(child, &status, 0, &usage);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  if (status != 0) throw Error(ErrorKind::host, "measuring", "the measured work failed");
  return {took.count(), static_cast<double>(usage.ru_maxrss) / 1024};
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

void print_table(const std::vector<Row>& rows) {
  fmt::print("{:<58} {:>22} {:>20}  {}\n", "what", "measured", "budget", "");
  for (const Row& row : rows)
    fmt::print("{:<58} {:>22} {:>20}  {}\n", row.what, row.measured, row.budget,
               row.kept ? "kept" : "MISSED");
}

}  // namespace faultline::bench
