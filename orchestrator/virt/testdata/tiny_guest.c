/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest for tests, entered by QEMU through the PVH note: says hello and its command line on the
 * serial port, then does what the command line's first word says:
 *   poweroff  ACPI power-off         reboot  reset by the chipset's register
 *   panic     the panic device       hang    nothing, for ever
 *   echo      sends back what it is sent, until a 'q', then powers off
 *   jump      executes what is no memory, which KVM stops with an internal error
 *   flood     128 KiB of output, then powers off
 */
__asm__(
    ".section .note.pvh, \"a\", @note\n"
    ".long 4, 4, 18\n" /* sizes of name and descriptor; XEN_ELFNOTE_PHYS32_ENTRY */
    ".asciz \"Xen\"\n"
    ".long start\n"
    ".text\n"
    ".globl start\n"
    "start: mov $stack_top, %esp\n"
    "push %ebx\n" /* the hvm_start_info */
    "call guest_main\n"
    "1: cli\n"
    "hlt\n"
    "jmp 1b\n"
    ".bss\n"
    ".align 16\n"
    ".skip 4096\n"
    "stack_top:\n"
    ".text\n");

enum { serial = 0x3f8, panic_device = 0x505, acpi_control = 0x604, reset_control = 0xcf9 };

static void out8(unsigned short port, unsigned char value) {
  __asm__ volatile("outb %0, %1" ::"a"(value), "Nd"(port));
}
static void out16(unsigned short port, unsigned short value) {
  __asm__ volatile("outw %0, %1" ::"a"(value), "Nd"(port));
}
static unsigned char in8(unsigned short port) {
  unsigned char value;
  __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
  return value;
}

static void put(char c) {
  while (!(in8(serial + 5) & 0x20)) {
  }
  out8(serial, (unsigned char)c);
}
static void say(const char* text) {
  while (*text) put(*text++);
}
static char get(void) {
  while (!(in8(serial + 5) & 1)) {
  }
  return (char)in8(serial);
}
static void power_off(void) {
  out16(acpi_control, 0x2000);
  for (;;) {
  }
}

struct start_info {
  unsigned magic, version, flags, modules;
  unsigned long long module_list, command_line;
};

void guest_main(const struct start_info* info) {
  const char* command = (const char*)(unsigned long)info->command_line;
  int i;
  say("hello ");
  say(command);
  say("\n");
  switch (command[0]) {
    case 'e': /* echo */
      for (;;) {
        const char c = get();
        if (c == 'q') power_off();
        put(c);
      }
    case 'f': /* flood */
      for (i = 0; i < 2048; i++)
        say("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.\n");
      power_off();
      break;
    case 'j': /* jump */
      ((void (*)(void))0xfec00000)();
      break;
    case 'p':
      if (command[1] == 'a')
        out8(panic_device, 1);
      else
        power_off();
      break;
    case 'r':
      out8(reset_control, 6);
      break;
    default:
      break;
  }
  for (;;) {
  }
}
