// SPDX-License-Identifier: GPL-2.0-or-later
/// Tests that compute and touch little memory.
#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "aim7/tests.h"

enum { OPERATIONS = 200000 };

// One chain of dependent operations on volatile operands: the compiler can neither fold nor
// vectorise it. `check` is what must hold at the end.
#define ARITHMETIC(function, type, start, operand, operator, check) \
  static int function(struct job_room* room) {                      \
    (void)room;                                                     \
    volatile type factor = (operand);                               \
    type value = (start);                                           \
    for (int i = 0; i < OPERATIONS; ++i) {                          \
      value = (type)(value operator factor);                        \
      __asm__ volatile("" ::: "memory");                            \
    }                                                               \
    return (check) ? 0 : -EILSEQ;                                   \
  }

ARITHMETIC(add_double, double, 0, 0.5, +, value == OPERATIONS * 0.5)
ARITHMETIC(add_float, float, 0, 1.0F, +, value == (float)OPERATIONS)
ARITHMETIC(add_int, unsigned, 0, 3, +, value == 3U * OPERATIONS)
ARITHMETIC(add_long, unsigned long, 0, 3, +, value == 3UL * OPERATIONS)
ARITHMETIC(add_short, unsigned short, 0, 3, +, value == (unsigned short)(3U * OPERATIONS))
ARITHMETIC(mul_double, double, 1, 1.000001, *, value > 1 && value < 2)
ARITHMETIC(mul_float, float, 1, 1.000001F, *, value > 1 && value < 2)
ARITHMETIC(mul_int, unsigned, 1, 3, *, value % 2 == 1)
ARITHMETIC(mul_long, unsigned long, 1, 3, *, value % 2 == 1)
ARITHMETIC(mul_short, unsigned short, 1, 3, *, value % 2 == 1)
ARITHMETIC(div_double, double, 2, 1.000001, /, value > 1 && value < 2)
ARITHMETIC(div_float, float, 2, 1.000001F, /, value > 1 && value < 2)

// Integers reach 0 by division: each quotient is of a fresh dividend.
#define DIVISION(function, type, top)                             \
  static int function(struct job_room* room) {                    \
    (void)room;                                                   \
    volatile type divisor = 3;                                    \
    unsigned long sum = 0;                                        \
    for (int i = 0; i < OPERATIONS; ++i) {                        \
      type dividend = (type)((top)-3 * (i % 1000));               \
      sum += (unsigned long)(dividend / divisor);                 \
    }                                                             \
    unsigned long first = (unsigned long)((type)(top) / 3);       \
    unsigned long rounds = OPERATIONS / 1000;                     \
    return sum == rounds * (1000 * first - 499500) ? 0 : -EILSEQ; \
  }

DIVISION(div_int, unsigned, 3000000000U)
DIVISION(div_long, unsigned long, 9000000000000UL)
DIVISION(div_short, unsigned short, 60000)

static int sieve(struct job_room* room) {
  (void)room;
  enum { LIMIT = 65536, PRIMES = 6542 };
  static unsigned char composite[LIMIT];
  memset(composite, 0, sizeof composite);
  int primes = 0;
  for (int i = 2; i < LIMIT; ++i) {
    if (composite[i]) continue;
    ++primes;
    for (int j = 2 * i; j < LIMIT; j += i) composite[j] = 1;
  }
  return primes == PRIMES ? 0 : -EILSEQ;
}

enum { ORDER = 48 };

// A matrix times its inverse, a shift of rows being inverted by the shift back.
static int matrix_rtns(struct job_room* room) {
  (void)room;
  static double left[ORDER][ORDER];
  static double right[ORDER][ORDER];
  static double product[ORDER][ORDER];
  for (int i = 0; i < ORDER; ++i) {
    for (int j = 0; j < ORDER; ++j) {
      left[i][j] = j == (i + 1) % ORDER ? 2 : 0;
      right[i][j] = i == (j + 1) % ORDER ? 0.5 : 0;
    }
  }
  for (int i = 0; i < ORDER; ++i) {
    for (int j = 0; j < ORDER; ++j) {
      double sum = 0;
      for (int k = 0; k < ORDER; ++k) sum += left[i][k] * right[k][j];
      product[i][j] = sum;
    }
  }
  for (int i = 0; i < ORDER; ++i) {
    if (product[i][i] != 1) return -EILSEQ;
  }
  return 0;
}

// Linear equations by elimination: the matrix is diagonally dominant, so no pivoting is needed.
static int array_rtns(struct job_room* room) {
  (void)room;
  static double a[ORDER][ORDER + 1];
  for (int i = 0; i < ORDER; ++i) {
    double sum = 0;
    for (int j = 0; j < ORDER; ++j) {
      a[i][j] = i == j ? 2 * ORDER : 1;
      sum += a[i][j];
    }
    a[i][ORDER] = sum;  // so that every unknown is 1
  }
  for (int k = 0; k < ORDER; ++k) {
    for (int i = 0; i < ORDER; ++i) {
      if (i == k) continue;
      double factor = a[i][k] / a[k][k];
      for (int j = k; j <= ORDER; ++j) a[i][j] -= factor * a[k][j];
    }
  }
  for (int i = 0; i < ORDER; ++i) {
    if (fabs(a[i][ORDER] / a[i][i] - 1) > 1e-9) return -EILSEQ;
  }
  return 0;
}

// Square roots by the method of Newton and Raphson.
static int new_raph(struct job_room* room) {
  (void)room;
  for (int i = 1; i <= 2000; ++i) {
    double root = i;
    for (int step = 0; step < 20; ++step) root = (root + i / root) / 2;
    if (fabs(root * root - i) > 1e-9 * i) return -EILSEQ;
  }
  return 0;
}

// e^x by its power series.
static int series_1(struct job_room* room) {
  (void)room;
  for (int i = 0; i < 1000; ++i) {
    double x = i * 0.005;
    double term = 1;
    double sum = 1;
    for (int n = 1; n < 40; ++n) {
      term *= x / n;
      sum += term;
    }
    if (fabs(sum - exp(x)) > 1e-9 * exp(x)) return -EILSEQ;
  }
  return 0;
}

static int trig_rtns(struct job_room* room) {
  (void)room;
  for (int i = 0; i < 3000; ++i) {
    volatile double x = i * 0.001;
    double sine = sin(x);
    double cosine = cos(x);
    if (fabs(sine * sine + cosine * cosine - 1) > 1e-12) return -EILSEQ;
    if (fabs(atan2(sine, cosine) - x) > 1e-9) return -EILSEQ;
  }
  return 0;
}

static uint64_t common_divisor(uint64_t a, uint64_t b) {
  while (b != 0) {
    uint64_t rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

// Whole numbers: greatest common divisors.
static int num_rtns_1(struct job_room* room) {
  for (int i = 0; i < 3000; ++i) {
    uint64_t factor = job_random(room) % 1000 + 1;
    uint64_t a = factor * (job_random(room) % 100000 + 1);
    uint64_t b = factor * (job_random(room) % 100000 + 1);
    if (common_divisor(a, b) % factor != 0) return -EILSEQ;
  }
  return 0;
}

const struct job_test arithmetic_tests[] = {
    {"add_double", add_double, 0, 0, false, false},
    {"add_float", add_float, 0, 0, false, false},
    {"add_int", add_int, 0, 0, false, false},
    {"add_long", add_long, 0, 0, false, false},
    {"add_short", add_short, 0, 0, false, false},
    {"mul_double", mul_double, 0, 0, false, false},
    {"mul_float", mul_float, 0, 0, false, false},
    {"mul_int", mul_int, 0, 0, false, false},
    {"mul_long", mul_long, 0, 0, false, false},
    {"mul_short", mul_short, 0, 0, false, false},
    {"div_double", div_double, 0, 0, false, false},
    {"div_float", div_float, 0, 0, false, false},
    {"div_int", div_int, 0, 0, false, false},
    {"div_long", div_long, 0, 0, false, false},
    {"div_short", div_short, 0, 0, false, false},
    {"sieve", sieve, 64 * 1024, 0, false, false},
    {"matrix_rtns", matrix_rtns, 3 * sizeof(double) * ORDER* ORDER, 0, false, false},
    {"array_rtns", array_rtns, sizeof(double) * ORDER*(ORDER + 1), 0, false, false},
    {"new_raph", new_raph, 0, 0, false, false},
    {"series_1", series_1, 0, 0, false, false},
    {"trig_rtns", trig_rtns, 0, 0, false, false},
    {"num_rtns_1", num_rtns_1, 0, 0, false, false},
    {NULL, NULL, 0, 0, false, false},
};
