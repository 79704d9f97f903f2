// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/sha256.h"

#include <openssl/evp.h>

#include <array>
#include <cerrno>
#include <fstream>

#include "base/error.h"

namespace faultline {
namespace {

using Digest = std::array<unsigned char, EVP_MAX_MD_SIZE>;

std::string hex(const unsigned char* bytes, unsigned size) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  text.reserve(size * 2);
  for (unsigned i = 0; i < size; ++i) {
    text += digits[bytes[i] >> 4];
    text += digits[bytes[i] & 15];
  }
  return text;
}

/// Calls sink(data, size) for the file's bytes.
template <typename Sink>
void read_file(const std::filesystem::path& file, Sink sink) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw_errno(ErrorKind::host, "reading " + file.string(), errno);
  std::array<char, 1 << 16> buffer{};
  while (in) {
    in.read(buffer.data(), buffer.size());
    sink(buffer.data(), static_cast<std::size_t>(in.gcount()));
  }
  if (in.bad()) throw_errno(ErrorKind::host, "reading " + file.string(), errno);
}

}  // namespace

struct Sha256::Context {
  EVP_MD_CTX* md = EVP_MD_CTX_new();
  Context() {
    if (md == nullptr || EVP_DigestInit_ex(md, EVP_sha256(), nullptr) != 1)
      throw Error(ErrorKind::host, "starting SHA-256", "libcrypto refused");
  }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  ~Context() { EVP_MD_CTX_free(md); }
  void update(const void* data, std::size_t size) { EVP_DigestUpdate(md, data, size); }
  std::string finish() {
    Digest digest{};
    unsigned size = 0;
    EVP_DigestFinal_ex(md, digest.data(), &size);
    return hex(digest.data(), size);
  }
};

Sha256::Sha256() : context_(std::make_unique<Context>()) {}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

Sha256& Sha256::add(std::string_view data) {
  const std::uint64_t size = data.size();
  std::array<unsigned char, 8> frame{};
  for (unsigned i = 0; i < 8; ++i) frame[i] = static_cast<unsigned char>(size >> (8 * i));
  context_->update(frame.data(), frame.size());
  context_->update(data.data(), data.size());
  return *this;
}

Sha256& Sha256::add_file(const std::filesystem::path& file) {
  return add(sha256_hex_of_file(file));
}

std::string Sha256::finish() {
  return context_->finish();
}

std::string sha256_hex(std::string_view data) {
  Digest digest{};
  unsigned size = 0;
  EVP_Digest(data.data(), data.size(), digest.data(), &size, EVP_sha256(), nullptr);
  return hex(digest.data(), size);
}

std::string sha256_hex_of_file(const std::filesystem::path& file) {
  EVP_MD_CTX* md = EVP_MD_CTX_new();
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> owner(md, EVP_MD_CTX_free);
  EVP_DigestInit_ex(md, EVP_sha256(), nullptr);
  read_file(file, [md](const char* data, std::size_t size) { EVP_DigestUpdate(md, data, size); });
  Digest digest{};
  unsigned size = 0;
  EVP_DigestFinal_ex(md, digest.data(), &size);
  return hex(digest.data(), size);
}

}  // namespace faultline
