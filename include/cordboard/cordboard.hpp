// SPDX-License-Identifier: Apache-2.0
// All of Cordboard that needs neither Asio nor SIP.
#pragma once
#include <cordboard/command.hpp>
#include <cordboard/config.hpp>
#include <cordboard/directory.hpp>
#include <cordboard/errc.hpp>
#include <cordboard/event.hpp>
#include <cordboard/ids.hpp>
#include <cordboard/numbers.hpp>
#include <cordboard/version.h>

/// A hospital's telephone switchboard in software.
namespace cordboard {}
