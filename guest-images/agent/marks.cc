// SPDX-License-Identifier: GPL-2.0-or-later
#include "marks.h"

#include "guest/marks.h"

namespace faultline::agent {
namespace {

#ifdef __x86_64__
// Written as bytes: assemblers choose shorter forms of a no-operation. `mark` is one of the four.
#define FAULTLINE_MARK(mark) asm volatile(".byte 0x0f, 0x1f, 0x84, 0x00\n\t.long %c0" ::"i"(mark))
#else
#define FAULTLINE_MARK(mark) static_cast<void>(mark)  // nobody can watch
#endif

void send(std::uint32_t step, std::uint32_t iteration) {
  std::uint64_t number = std::uint64_t{step} << 32 | iteration;
  for (int bit = 0; bit < 64; ++bit, number >>= 1) {
    if (number & 1)
      FAULTLINE_MARK(FAULTLINE_MARK_ONE);
    else
      FAULTLINE_MARK(FAULTLINE_MARK_ZERO);
  }
}

}  // namespace

void mark_begin(std::uint32_t step, std::uint32_t iteration) {
  send(step, iteration);
  FAULTLINE_MARK(FAULTLINE_MARK_BEGIN);
}

void mark_end(std::uint32_t step, std::uint32_t iteration) {
  send(step, iteration);
  FAULTLINE_MARK(FAULTLINE_MARK_END);
}

}  // namespace faultline::agent
