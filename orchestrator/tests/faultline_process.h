// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

// For tests only: the program `faultline` as a user runs it, each time in folders of its own.

namespace faultline::testing {

/// How one run of the program went.
struct ProgramEnd {
  int status = 0;  ///< Exit status, or 128 + signal number.
  std::string out;
  std::string err;
};

/// A program that runs in the background; killed by the destructor if it still does.
class RunningProgram {
 public:
  RunningProgram(std::vector<std::string> argv, std::map<std::string, std::string> environment,
                 std::filesystem::path output);
  ~RunningProgram();
  RunningProgram(const RunningProgram&) = delete;
  RunningProgram& operator=(const RunningProgram&) = delete;

  void signal(int number) const;
  pid_t pid() const { return pid_; }
  /// What it has said on standard error so far.
  std::string err() const;
  /// Waits for its end; throws std::runtime_error with its output if that does not come in time.
  ProgramEnd wait(std::chrono::seconds limit = std::chrono::seconds(300));
  /// Waits until the text stands on standard error. False if it ends first, or in `limit` does not.
  bool says(const std::string& text, std::chrono::seconds limit = std::chrono::seconds(120)) const;

 private:
  bool ended() const;
  std::filesystem::path output_;
  pid_t pid_ = -1;
  mutable bool reaped_ = false;
  mutable int status_ = 0;
};

/// Polls until `condition` holds; false if it does not in `limit`.
bool eventually(const std::function<bool()>& condition,
                std::chrono::seconds limit = std::chrono::seconds(60));

/// How much processor time a process has used; 0 if it is gone.
std::chrono::milliseconds processor_time(pid_t process);

/// A state folder, a cache and the environment of one test. The folder is below the build folder,
/// named after the test, emptied at its start and kept after it, to be looked at.
class Bench {
 public:
  explicit Bench(const std::string& test_name);

  const std::filesystem::path& folder() const { return folder_; }
  std::filesystem::path state() const { return folder_ / "state"; }
  std::filesystem::path database() const { return state() / "results.sqlite"; }
  /// One more environment variable for the program; the default ones can be replaced.
  void set(const std::string& variable, const std::string& value) {
    environment_[variable] = value;
  }

  /// Writes a file below the folder, with the folders that it needs; returns its path.
  std::string write(const std::string& name, const std::string& text) const;

  ProgramEnd run(std::vector<std::string> arguments) const;
  std::unique_ptr<RunningProgram> start(std::vector<std::string> arguments) const;

  /// The processes of QEMU that run guests of this bench.
  std::vector<pid_t> guests() const;
  /// What a program of this bench left behind: guests, scratch folders. Empty is well.
  std::vector<std::string> leftovers() const;

 private:
  std::vector<std::string> command(std::vector<std::string> arguments) const;
  std::filesystem::path folder_;
  std::map<std::string, std::string> environment_;
  mutable int runs_ = 0;
};

}  // namespace faultline::testing
