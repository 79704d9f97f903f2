// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The TCG plugin: watches a guest on the instruction clock and keeps its accounts (ledger.h). On
 * that clock QEMU runs all virtual CPUs on one thread, so nothing here needs a lock, and what is
 * counted is what the guest's clock counts: instructions that were completed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest/marks.h"
#include "instrument/plugin/ledger.h"
#include "instrument/plugin/options.h"
#include "instrument/plugin/qemu_plugin_v1.h"
#include "instrument/plugin/table.h"
#include "instrument/plugin/x86_code.h"

QEMU_PLUGIN_EXPORT int qemu_plugin_version = QEMU_PLUGIN_VERSION;
QEMU_PLUGIN_EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t* info, int argc,
                                           char** argv);

/* A translated block of code: straight, left at its end or by an exception. */
struct block {
  struct place* place;
  uint64_t pc;
  bool is_fault_entry;
  bool ends_in_branch; /* Whose execution cannot fail. */
  uint16_t count;
  uint16_t offsets[]; /* Of its instructions from `pc`. */
};

static struct plugin_options options;
static struct ledger* ledger;
static struct memory_layout layout;
static bool layout_known;
static struct table blocks; /* (pc, page) → block, the newest */

static uint64_t begun;   /* Instructions begun since the guest started: QEMU adds to it. */
static uint64_t settled; /* How many of them are in the ledger. */
static struct block* block_now;
static unsigned cpu_now;
static uint64_t block_began; /* `begun` when the block was entered. */

static uint64_t mark_number;

/*
 * Puts what was executed since the last time into the ledger. An instruction that a fault, or QEMU
 * itself, interrupts will begin a second time, and must not count twice: `next` is the block that
 * comes, NULL in the middle of one.
 */
static void settle(const struct block* next, unsigned cpu) {
  uint64_t executed = begun - settled;
  settled = begun;
  const uint64_t position = begun - block_began;
  if (next && block_now && executed > 0 && cpu == cpu_now && position > 0) {
    const bool complete = position >= block_now->count;
    if (next->is_fault_entry) {
      /* After a complete block it may also be that the code to come was not there. */
      if (!complete || !block_now->ends_in_branch) --executed;
    } else if (!complete && next->pc == block_now->pc + block_now->offsets[position - 1]) {
      --executed; /* QEMU starts over an instruction that turns out to touch a device. */
    }
  }
  ledger_executed(ledger, executed);
}

static void on_block(unsigned cpu, void* userdata) {
  struct block* block = userdata;
  settle(block, cpu);
  block_now = block;
  cpu_now = cpu;
  block_began = begun;
  ledger_enter(ledger, cpu, block->place, block->pc);
}

/* An indirect call also loads where it goes; the store is of the return address. */
static void on_call(unsigned cpu, qemu_plugin_meminfo_t info, uint64_t sp, void* callee) {
  if (qemu_plugin_mem_is_store(info)) ledger_call(ledger, cpu, sp, callee);
}

static void on_return(unsigned cpu, qemu_plugin_meminfo_t info, uint64_t sp, void* nothing) {
  (void)nothing;
  if (!qemu_plugin_mem_is_store(info)) ledger_return(ledger, cpu, sp);
}

static void on_access(unsigned cpu, qemu_plugin_meminfo_t info, uint64_t address, void* nothing) {
  (void)nothing;
  if (!ledger_recording(ledger)) return;
  const struct qemu_plugin_hwaddr* physical = qemu_plugin_get_hwaddr(info, address);
  unsigned node = ledger_other_memory;
  uint64_t offset = 0;
  if (physical && !qemu_plugin_hwaddr_is_io(physical)) {
    offset = qemu_plugin_hwaddr_phys_addr(physical);
    node = memory_layout_node(&layout, offset);
  }
  ledger_access(ledger, cpu, node, offset, qemu_plugin_mem_is_store(info));
}

static void on_zero(unsigned cpu, void* nothing) {
  (void)cpu;
  (void)nothing;
  mark_number >>= 1;
}

static void on_one(unsigned cpu, void* nothing) {
  (void)cpu;
  (void)nothing;
  mark_number = mark_number >> 1 | UINT64_C(1) << 63;
}

static void on_begin(unsigned cpu, void* nothing) {
  (void)nothing;
  settle(NULL, cpu);
  if (options.layout && !layout_known) {
    layout_known = memory_layout_read(&layout, options.layout);
    if (!layout_known) ledger_complain(ledger, "nobody said where the nodes' memory is");
  }
  ledger_begin(ledger, (uint32_t)(mark_number >> 32), (uint32_t)mark_number);
}

static void on_end(unsigned cpu, void* nothing) {
  (void)nothing;
  settle(NULL, cpu);
  ledger_end(ledger, (uint32_t)(mark_number >> 32), (uint32_t)mark_number);
}

static void watch_for_marks(struct qemu_plugin_insn* instruction) {
  uint32_t mark;
  if (!x86_long_nop(qemu_plugin_insn_data(instruction), qemu_plugin_insn_size(instruction), &mark))
    return;
  const qemu_plugin_vcpu_udata_cb_t callback = mark == FAULTLINE_MARK_ZERO    ? on_zero
                                               : mark == FAULTLINE_MARK_ONE   ? on_one
                                               : mark == FAULTLINE_MARK_BEGIN ? on_begin
                                               : mark == FAULTLINE_MARK_END   ? on_end
                                                                              : NULL;
  if (callback)
    qemu_plugin_register_vcpu_insn_exec_cb(instruction, callback, QEMU_PLUGIN_CB_NO_REGS, NULL);
}

/*
 * For loads and stores both, since QEMU 7.2 takes a callback for stores alone for one for all, and
 * one for loads alone for none at all.
 */
static void watch_calls(struct qemu_plugin_insn* instruction, struct x86_instruction decoded) {
  if (decoded.kind == x86_call)
    qemu_plugin_register_vcpu_mem_cb(
        instruction, on_call, QEMU_PLUGIN_CB_NO_REGS, QEMU_PLUGIN_MEM_RW,
        decoded.target ? ledger_place(ledger, decoded.target, 0) : NULL);
  else if (decoded.kind == x86_return)
    qemu_plugin_register_vcpu_mem_cb(instruction, on_return, QEMU_PLUGIN_CB_NO_REGS,
                                     QEMU_PLUGIN_MEM_RW, NULL);
}

static bool is_user(uint64_t pc) {
  return pc >> 63 == 0;
}

/*
 * What tells programs apart that live at the same addresses: the contents of the page that the code
 * is on (FNV-1a, as in instrument/page_hash.h). Pages of code are pages of files, so the reader
 * finds them again in the programs.
 */
static uint64_t page_hash(const struct qemu_plugin_tb* tb) {
  const uintptr_t host = (uintptr_t)qemu_plugin_insn_haddr(qemu_plugin_tb_get_insn(tb, 0));
  if (!host) return 1;
  const uint8_t* page = (const uint8_t*)(host & ~(uintptr_t)4095);
  uint64_t hash = UINT64_C(0xcbf29ce484222325);
  for (unsigned i = 0; i < 4096; ++i) hash = (hash ^ page[i]) * UINT64_C(0x100000001b3);
  return hash ? hash : 1;
}

/* Blocks are translated again with fewer instructions when the clock demands a stop between them.
 */
static bool begins_alike(const struct block* longer, const struct block* block) {
  return longer->count >= block->count &&
         memcmp(longer->offsets, block->offsets, block->count * sizeof *block->offsets) == 0;
}

static struct block* block_of(const struct qemu_plugin_tb* tb) {
  const uint64_t pc = qemu_plugin_tb_vaddr(tb);
  const uint64_t page = is_user(pc) ? page_hash(tb) : 0;
  const size_t count = qemu_plugin_tb_n_insns(tb);
  struct block* block = allocate(1, sizeof *block + count * sizeof *block->offsets);
  block->pc = pc;
  block->count = (uint16_t)count;
  for (size_t i = 0; i < count; ++i)
    block->offsets[i] = (uint16_t)(qemu_plugin_insn_vaddr(qemu_plugin_tb_get_insn(tb, i)) - pc);
  struct block** known = (struct block**)table_slot(&blocks, pc, page);
  if (*known && begins_alike(*known, block)) {
    free(block);
    return *known;
  }
  block->place = ledger_place(ledger, pc, page);
  for (size_t i = 0; i < options.fault_count; ++i) block->is_fault_entry |= options.faults[i] == pc;
  const struct qemu_plugin_insn* last = qemu_plugin_tb_get_insn(tb, count - 1);
  block->ends_in_branch =
      x86_decode(qemu_plugin_insn_data(last), qemu_plugin_insn_size(last), pc).kind ==
      x86_direct_branch;
  return *known = block; /* A block that is replaced may still be in use, and is left alone. */
}

static void on_translation(qemu_plugin_id_t id, struct qemu_plugin_tb* tb) {
  (void)id;
  struct block* block = block_of(tb);
  qemu_plugin_register_vcpu_tb_exec_cb(tb, on_block, QEMU_PLUGIN_CB_NO_REGS, block);
  const bool user = is_user(block->pc);
  for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); ++i) {
    struct qemu_plugin_insn* instruction = qemu_plugin_tb_get_insn(tb, i);
    qemu_plugin_register_vcpu_insn_exec_inline(instruction, QEMU_PLUGIN_INLINE_ADD_U64, &begun, 1);
    if (user)
      watch_for_marks(instruction);
    else if (options.calls)
      watch_calls(instruction,
                  x86_decode(qemu_plugin_insn_data(instruction), qemu_plugin_insn_size(instruction),
                             qemu_plugin_insn_vaddr(instruction)));
    if (options.layout)
      qemu_plugin_register_vcpu_mem_cb(instruction, on_access, QEMU_PLUGIN_CB_NO_REGS,
                                       QEMU_PLUGIN_MEM_RW, NULL);
  }
}

int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t* info, int argc, char** argv) {
  if (!info->system_emulation || strcmp(info->target_name, "x86_64") != 0) {
    fputs("faultline instrument: only for emulated x86-64 machines\n", stderr);
    return -1;
  }
  if (!plugin_options_read(&options, argc, argv)) return -1;
  if (options.cpus != (unsigned)info->system.smp_vcpus) {
    fprintf(stderr, "faultline instrument: the machine has %d CPUs, the nodes have %u\n",
            info->system.smp_vcpus, options.cpus);
    return -1;
  }
  FILE* out = fopen(options.out, "we");
  if (!out) {
    fprintf(stderr, "faultline instrument: cannot write %s\n", options.out);
    return -1;
  }
  const struct ledger_options form = {
      .cpus = options.cpus,
      .nodes = options.nodes,
      .node_of_cpu = options.node_of_cpu,
      .functions = options.functions,
      .function_count = options.function_count,
      .entry_begin = options.entry_begin,
      .entry_end = options.entry_end,
      .calls = options.calls,
      .cache_sets = options.layout ? options.cache_sets : 0,
      .cache_ways = options.cache_ways,
      .cache_line = options.cache_line,
      .out = out,
  };
  ledger = ledger_new(&form);
  fflush(out);
  qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
  return 0;
}
