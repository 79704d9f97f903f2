// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

// The sign-flip (randomisation) test of paired data: were the two arms the same, each block's
// effect might as well have come out with the other sign. Exact, whatever the distribution, as far
// as blocks are independent and symmetric (docs/statistics.md).

namespace faultline {

/// What a block contributes to a test: the rank of its effect's size with its sign (Wilcoxon). Ties
/// share their mean rank; a zero takes its rank along (Pratt) and contributes nothing.
std::vector<double> signed_ranks(const std::vector<double>& effects);

/// Two-sided p-value of |sum of weights| over all 2^n ways to set their signs, the given one
/// included. Exact up to 20 weights, and for signed ranks up to 40, or 100 without ties; beyond
/// that 100,000 seeded draws, or for signed ranks the normal approximation. 1 for no weights.
double signed_rank_p(const std::vector<double>& ranks);
double sign_flip_p(const std::vector<double>& weights, std::uint64_t seed);

/// Beyond this many steps of work joint_sign_flip_p() gives up.
inline constexpr std::uint64_t kJointWork = std::uint64_t{1} << 26;

/// Adjusted p-values of several comparisons that share blocks: Holm's step-down with the bound of
/// Westfall and Young. weights[i][b] is what block b contributes to comparison i, 0 where it is
/// missing; all rows are of one length, at most 20. A block's signs are flipped in all comparisons
/// at once, so that comparisons which agree do not have to pay for each other. Empty if there are
/// more blocks, or if it would take more than kJointWork steps: use holm().
std::vector<double> joint_sign_flip_p(const std::vector<std::vector<double>>& weights);

/// Holm's step-down over independent or dependent p-values; beside `p`.
std::vector<double> holm(const std::vector<double>& p);

/// Benjamini and Hochberg's adjusted p-values, which hold the false discovery rate; beside `p`.
std::vector<double> benjamini_hochberg(const std::vector<double>& p);

}  // namespace faultline
