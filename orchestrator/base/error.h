// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <stdexcept>
#include <string>

namespace faultline {

/// Who has to act on an Error; decides the exit status of the program.
enum class ErrorKind {
  user_input,  ///< The user's file or arguments are wrong: exit status 2.
  host,        ///< Disk, permissions, processes, packages of this host: exit status 3.
  build_tool,  ///< make, git or the compiler cannot be run at all: exit status 3.
  libvirt,     ///< libvirt or QEMU refused or failed: exit status 3.
  store,       ///< The results database cannot be opened or written: exit status 3.
};

/// A broken host or library: something that Faultline needs did not work. What becomes of a kernel
/// under test is never an Error, it is a BootOutcome; a mistake in a YAML file is a Diagnostic.
/// Caught only at the boundary of a boot and in main().
class Error : public std::runtime_error {
 public:
  /// `doing` is what was attempted ("starting domain 'c17'"), `cause` what the lower layer said,
  /// `hint` the next thing for the user to do; the hint may be empty.
  Error(ErrorKind kind, std::string doing, std::string cause, std::string hint = {});

  ErrorKind kind() const { return kind_; }
  const std::string& doing() const { return doing_; }
  const std::string& cause() const { return cause_; }
  const std::string& hint() const { return hint_; }

 private:
  ErrorKind kind_;
  std::string doing_;
  std::string cause_;
  std::string hint_;
};

/// Throws Error{kind, doing, strerror(error_number), hint}.
[[noreturn]] void throw_errno(ErrorKind kind, std::string doing, int error_number,
                              std::string hint = {});

}  // namespace faultline
