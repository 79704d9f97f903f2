// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace faultline {

/// Incremental SHA-256 (OpenSSL libcrypto). Every add() is framed by its length, so that
/// add("ab"), add("c") and add("a"), add("bc") give different digests.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  Sha256& add(std::string_view data);
  /// Adds the content of a regular file. Throws Error{host} if it cannot be read.
  Sha256& add_file(const std::filesystem::path& file);
  /// Lower-case hexadecimal digest, 64 characters. The object cannot be used afterwards.
  std::string finish();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

/// Plain SHA-256 of the bytes (no framing), as sha256sum prints it.
std::string sha256_hex(std::string_view data);
/// Plain SHA-256 of a file's bytes, as sha256sum prints it. Throws Error{host}.
std::string sha256_hex_of_file(const std::filesystem::path& file);

}  // namespace faultline
