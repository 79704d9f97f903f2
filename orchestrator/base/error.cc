// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/error.h"

#include <system_error>
#include <utility>

namespace faultline {
namespace {

std::string sentence(const std::string& doing, const std::string& cause, const std::string& hint) {
  std::string text = doing + ": " + cause;
  if (!hint.empty()) text += "; " + hint;
  return text;
}

}  // namespace

Error::Error(ErrorKind kind, std::string doing, std::string cause, std::string hint)
    : std::runtime_error(sentence(doing, cause, hint)),
      kind_(kind),
      doing_(std::move(doing)),
      cause_(std::move(cause)),
      hint_(std::move(hint)) {}

void throw_errno(ErrorKind kind, std::string doing, int error_number, std::string hint) {
  throw Error(kind, std::move(doing), std::generic_category().message(error_number),
              std::move(hint));
}

}  // namespace faultline
