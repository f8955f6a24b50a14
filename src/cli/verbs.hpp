// SPDX-License-Identifier: Apache-2.0
// The verbs of the cordboard program. Each prints its own help, and returns the exit code of the program.
#pragma once
#include <cordboard/event.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace cordboard::cli {

/// Exit codes: what was asked for is done; it is not, and a message says why; the command line itself is wrong.
enum exit_code : int { done = 0, failed = 1, misused = 2 };

using arguments = std::vector<std::string>;

int check(const arguments& given, language tongue);
int checks(const arguments& given, language tongue);
int dialogues(const arguments& given, language tongue);
int directory_files(const arguments& given, language tongue);
int gateway_verb(const arguments& given, language tongue);
int hours(const arguments& given, language tongue);
int log(const arguments& given, language tongue);
int outbox_verb(const arguments& given, language tongue);
int recordings(const arguments& given, language tongue);
int report(const arguments& given, language tongue);
int serve(const arguments& given, language tongue);
int store_tools(const arguments& given, language tongue);
int staffing_plan(const arguments& given, language tongue);

}  // namespace cordboard::cli
