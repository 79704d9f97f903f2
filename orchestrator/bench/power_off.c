// SPDX-License-Identifier: GPL-2.0-or-later
// The init of the bare QEMU that boots are compared with: powers off and does nothing else.
#include <sys/reboot.h>
#include <unistd.h>

int main(void) {
  reboot(RB_POWER_OFF);
  for (;;) pause();
}
