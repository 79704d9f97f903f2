// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace faultline {

/// Calls work(i) for i from 0 to count - 1, on `threads` threads (0: one a CPU). What is computed
/// must depend on i alone, so that the number of threads never shows. Rethrows the first exception.
template <typename Work>
void parallel_for(std::size_t count, unsigned threads, const Work& work) {
  if (threads == 0) threads = std::max(1u, std::thread::hardware_concurrency());
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  std::exception_ptr failure;
  const auto work_off = [&] {
    try {
      for (std::size_t i = next++; i < count; i = next++) work(i);
    } catch (...) {
      const std::lock_guard lock(mutex);
      if (!failure) failure = std::current_exception();
    }
  };
  constexpr std::size_t kWorthAThread = 8;
  std::vector<std::thread> others;
  const std::size_t useful = std::min<std::size_t>(threads, count / kWorthAThread);
  for (std::size_t i = 1; i < useful; ++i) others.emplace_back(work_off);
  work_off();
  for (std::thread& other : others) other.join();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace faultline
