// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>

#include "run/boot.h"

namespace faultline {

/// Boots a guest whose serial console is this terminal, for a person. Ctrl-] ends it; so does
/// powering it off. Standard input must be a terminal; it is raw meanwhile and put back on every
/// way out. Throws Error{user_input} without a terminal, Error{libvirt}.
boost::asio::awaitable<GuestEnd> run_guest_shell(BootServices& services, BootOrder order);

}  // namespace faultline
