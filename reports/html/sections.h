// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <vector>

#include "reports/html/html_writer.h"
#include "reports/report.h"

// The parts of the page, each complete without JavaScript.

namespace faultline {

void write_comparisons(HtmlWriter& html, const Report& report,
                       const std::vector<std::size_t>& shown);
/// The gate's answer; nothing without a gate.
void write_gate(HtmlWriter& html, const Report& report);
void write_sweeps(HtmlWriter& html, const Report& report);
/// What others published beside ours; nothing if nothing was published.
void write_published(HtmlWriter& html, const Report& report);
/// What moved along with the differences: counters, locks, functions, flame graphs.
void write_why(HtmlWriter& html, const Report& report);
void write_boots(HtmlWriter& html, const Report& report);
/// What the baseline against itself showed.
void write_calibration(HtmlWriter& html, const Report& report);
void write_outcomes(HtmlWriter& html, const Report& report);
void write_missing(HtmlWriter& html, const Report& report);
void write_topologies(HtmlWriter& html, const Report& report);
/// Arms with their kernels, series with their text, what configurations differ by.
void write_kernels(HtmlWriter& html, const Report& report);
void write_provenance(HtmlWriter& html, const Report& report);
void write_reproduction(HtmlWriter& html, const Report& report);

}  // namespace faultline
