// SPDX-License-Identifier: GPL-2.0-or-later
#include "tar_writer.h"

#include <algorithm>

namespace faultline::agent {
namespace {

constexpr std::size_t block = 512;

// Offsets and lengths of the header's fields.
struct Field {
  std::size_t at;
  std::size_t length;
};
constexpr Field name_field{0, 100}, mode_field{100, 8}, uid_field{108, 8}, gid_field{116, 8},
    size_field{124, 12}, time_field{136, 12}, checksum_field{148, 8}, type_field{156, 1},
    magic_field{257, 8};

void put(std::string& header, Field field, std::string_view text) {
  text = text.substr(0, field.length);
  header.replace(field.at, text.size(), text);
}

void put_octal(std::string& header, Field field, std::uint64_t value) {
  std::string digits(field.length - 1, '0');
  for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit, value >>= 3)
    *digit = static_cast<char>('0' + (value & 7));
  put(header, field, digits);
}

}  // namespace

std::string tar_member(std::string_view name, std::string_view content) {
  std::string member(block, '\0');
  put(member, name_field, name);
  put_octal(member, mode_field, 0644);
  put_octal(member, uid_field, 0);
  put_octal(member, gid_field, 0);
  put_octal(member, size_field, content.size());
  put_octal(member, time_field, 0);
  put(member, type_field, "0");
  put(member, magic_field, std::string_view("ustar\00000", 8));
  put(member, checksum_field, "        ");  // counts as blanks while it is summed
  unsigned sum = 0;
  for (const char c : member) sum += static_cast<unsigned char>(c);
  put_octal(member, {checksum_field.at, 7}, sum);
  member[checksum_field.at + 6] = '\0';
  member.append(content);
  member.resize((member.size() + block - 1) / block * block, '\0');
  return member;
}

std::string tar_end() {
  return std::string(2 * block, '\0');
}

}  // namespace faultline::agent
