// SPDX-License-Identifier: GPL-2.0-or-later
#include "instrument/plugin/x86_code.h"

#include <string.h>

static bool is_prefix(uint8_t byte) {
  switch (byte) {
    case 0x26:
    case 0x2e:
    case 0x36:
    case 0x3e:
    case 0x64:
    case 0x65: /* segments, notrack, hints */
    case 0x66:
    case 0x67:
    case 0xf0:
    case 0xf2:
    case 0xf3:
      return true;
    default:
      return (byte & 0xf0) == 0x40; /* REX */
  }
}

struct x86_instruction x86_decode(const uint8_t* bytes, size_t size, uint64_t pc) {
  struct x86_instruction result = {x86_other, 0};
  size_t at = 0;
  while (at < size && is_prefix(bytes[at])) ++at;
  if (at == size) return result;
  const uint8_t opcode = bytes[at];
  if (opcode == 0xe8 && size >= at + 5) {
    int32_t distance;
    memcpy(&distance, bytes + at + 1, sizeof distance);
    result.kind = x86_call;
    result.target = pc + size + (uint64_t)(int64_t)distance;
  } else if (opcode == 0xff && size > at + 1 && (bytes[at + 1] >> 3 & 7) == 2) {
    result.kind = x86_call;
  } else if (opcode == 0xc3 || opcode == 0xc2) {
    result.kind = x86_return;
  } else if (opcode == 0xe9 || opcode == 0xeb || (opcode & 0xf0) == 0x70 ||
             (opcode >= 0xe0 && opcode <= 0xe3) ||
             (opcode == 0x0f && size > at + 1 && (bytes[at + 1] & 0xf0) == 0x80)) {
    result.kind = x86_direct_branch;
  }
  return result;
}

bool x86_long_nop(const uint8_t* bytes, size_t size, uint32_t* displacement) {
  static const uint8_t beginning[] = {0x0f, 0x1f, 0x84, 0x00};
  if (size != sizeof beginning + sizeof *displacement ||
      memcmp(bytes, beginning, sizeof beginning) != 0)
    return false;
  memcpy(displacement, bytes + sizeof beginning, sizeof *displacement);
  return true;
}
