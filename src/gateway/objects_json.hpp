// SPDX-License-Identifier: Apache-2.0
// One thing of the house each as a JSON object: what is zero, empty or false is left out, and 64-bit numbers are strings.
#pragma once
#include <board/board_state.hpp>
#include <gateway/request_words.hpp>
#include <gateway/sight.hpp>
#include <functional>
#include <string>

namespace cordboard::gateway {

/// The text of the event with this sequence.
using text_lookup = std::function<std::string(std::uint64_t sequence)>;

/// What is said of the house in texts that the state does not have.
struct house_words {
  text_lookup text;
  request_words requests;
};

/// What is rendered: the state, its words, and for whom.
struct view {
  const board_state& state;
  const house_words& words;
  sight of;
};

std::string json_of(const view& v, call_id id, const call_state& call);
std::string json_of(const view& v, party_id id, const party_state& party);
std::string json_of(const view& v, operator_id id, const operator_record& op);
std::string json_of(const view& v, queue_id id, const queue_state& queue);
std::string json_of(const view& v, device_id id, const device_state& device);
std::string json_of(const view& v, std::uint16_t number, const reason_state& reason);
std::string json_of(const view& v, const std::string& number, const code_plan& plan);
std::string json_of(const view& v, call_id id, const code_run& run);
std::string json_of(const view& v, std::uint64_t sequence, const shift_hand_over& one);
std::string json_of(const view& v, std::uint16_t number, const request_kind_state& kind);
std::string json_of(const view& v, request_id id, const request_record& request);
std::string json_of(const view& v, call_id id, const owed_entry& entry);

}  // namespace cordboard::gateway
