// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string_view>

// The bundled script and style sheet of reports/web; the build writes the .cc.

namespace faultline::web_assets {

std::string_view script();
std::string_view style();

}  // namespace faultline::web_assets
