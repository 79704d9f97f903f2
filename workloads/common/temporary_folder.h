// SPDX-License-Identifier: GPL-2.0-or-later
/// A folder for the run of a workload.
#pragma once

/// Makes a new folder in `parent`, with a name that begins with `name`, and removes it with all
/// that is in it when this process exits. Children must end by _exit(), or it is gone too soon.
/// Returns its path, which stays valid; one folder a process. Exits with STATUS_ENVIRONMENT if it
/// cannot be made.
const char* make_temporary_folder(const char* parent, const char* name);
