// SPDX-License-Identifier: Apache-2.0
// A dialogue: what a caller is told and asked when nobody answers, step by step. Plain structs; no behaviour.
#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace cordboard {

/// What a step does.
enum class dialogue_act : std::uint8_t {
  play = 0,     ///< says something
  keys = 1,     ///< asks for keys
  voice = 2,    ///< asks for a spoken answer, which is recorded
  branch = 3,   ///< goes on by an answer that was given before
  queue = 4,    ///< gives the caller to a queue
  request = 5,  ///< the answers given so far ask for a request
  hang_up = 6,  ///< the end
  confirm = 7,  ///< of who is called for a request: the appointment holds
  cancel = 8,   ///< the same: it is off
  change = 9,   ///< the same: another time is to be agreed, with the answers given so far
};

/// Where a step goes on when an answer is this.
struct dialogue_case {
  std::string answer;  ///< keys, as the caller presses them
  std::string next;    ///< name of a step
  friend bool operator==(const dialogue_case&, const dialogue_case&) = default;
};

/// One step. What an act does not use keeps its default.
struct dialogue_step {
  std::string name;                       ///< unique in the script
  dialogue_act act = dialogue_act::play;  ///< what it does
  std::vector<std::string> say;           ///< names of prompts, said first
  std::string next;                       ///< name of the step that follows
  std::string otherwise;  ///< keys, voice: when all tries have failed; branch: any other answer; queue: nobody is on duty
  std::string field;      ///< keys, voice: the answer's name; branch: the answer that decides
  std::vector<dialogue_case> cases;                            ///< keys: stronger than `next`; branch
  std::vector<std::string> invalid;                            ///< keys, voice: said before the step is tried again
  std::uint32_t tries = 3;                                     ///< keys, voice: 1 to 9
  std::uint32_t keys_min = 1;                                  ///< keys: 1 to 32
  std::uint32_t keys_max = 1;                                  ///< keys: `keys_min` to 32; so many are an answer at once
  std::string allowed = "0123456789";                          ///< keys: what an answer may hold
  std::string end_key = "#";                                   ///< keys, voice: ends the answer; empty: none
  std::chrono::nanoseconds first = std::chrono::seconds(8);    ///< keys, voice: until the answer begins; 1 s to 1 min
  std::chrono::nanoseconds between = std::chrono::seconds(4);  ///< keys: until the next key; 500 ms to 30 s
  bool barge_in = true;                                        ///< keys: a key ends what is being said
  std::vector<std::string> read_back;  ///< keys: said when they are there, "answer" being the keys; empty: nothing to confirm
  std::string confirm_key = "1";       ///< keys: what was read back is right
  std::string again_key = "2";         ///< keys: it is wrong
  std::chrono::nanoseconds longest = std::chrono::seconds(60);  ///< voice: 1 s to 5 min
  std::chrono::nanoseconds silence = std::chrono::seconds(3);   ///< voice: so long ends the answer; 500 ms to 30 s
  std::string queue;                                            ///< queue: its number
  std::string request;                                          ///< request: its kind
  std::uint32_t line = 0;                                       ///< of the file
  friend bool operator==(const dialogue_step&, const dialogue_step&) = default;
};

/// A script, and how callers come to it. `number` is the key.
struct dialogue_config {
  std::string number;               ///< what is dialled, and what `when_closed` and `rating` name; 1 to 32 characters, unique
  std::string file;                 ///< where the script stands
  std::string name;                 ///< UTF-8
  std::string human_key = "0";      ///< a human, at every step; in an answer of several keys: pressed alone
  std::string human;                ///< number of the queue that it leads to
  std::vector<std::string> nobody;  ///< said when nobody is on duty there; then the step begins anew
  std::string fallback;             ///< number of a queue for callers with whom the script cannot go on; empty: the call ends
  std::chrono::nanoseconds limit = std::chrono::minutes(10);  ///< of the whole; 10 s to 1 h
  std::string score;                                          ///< name of the answer that is a rating; empty: none
  std::vector<dialogue_step> steps;                           ///< the first one begins
  friend bool operator==(const dialogue_config&, const dialogue_config&) = default;
};

}  // namespace cordboard
