// SPDX-License-Identifier: GPL-2.0-or-later
/// The kernel module test_vmalloc: loading it is running it.
#pragma once

/// Finds test_vmalloc.ko: `path` if that is not NULL, else in the guest's /modules, else where
/// distributions have it. Exits with STATUS_ENVIRONMENT if it is not there.
const char* find_module(const char* path);

/// Loads the module with these parameters, which runs the tests to their end; it never stays
/// loaded. Returns the seconds that it took. Exits with STATUS_ENVIRONMENT, and what can be done
/// about it, if the kernel refuses the module.
double run_module(const char* path, const char* parameters);
