/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a guest's agent tells a watcher of its instructions (orchestrator/instrument) what it is
 * about to do: by executing no-operations that nobody else has a reason to execute. They cost
 * nothing elsewhere, touch no device and no memory, and are the same whether somebody watches or
 * not.
 *
 * Each is the 8-byte `nopl disp32(%rax,%rax,1)`, 0f 1f 84 00 and the displacement below. A number
 * is sent as 64 times `zero` or `one`, least significant bit first; `begin` and `end` mean the
 * number that was sent before them: step << 32 | iteration. C and C++.
 */
#pragma once

#define FAULTLINE_MARK_ZERO 0x5f4c4600
#define FAULTLINE_MARK_ONE 0x5f4c4601
#define FAULTLINE_MARK_BEGIN 0x5f4c4602
#define FAULTLINE_MARK_END 0x5f4c4603

#define FAULTLINE_MARK_BYTES 8
