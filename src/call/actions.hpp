// SPDX-License-Identifier: Apache-2.0
// What the board wants done on the wire. Carried out after the events of the same batch are committed.
#pragma once
#include <cordboard/event.hpp>
#include <cordboard/ids.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace cordboard {

/// The ringback tone's cadence, by which rings are counted.
inline constexpr std::int64_t ring_on_ns = 1'000'000'000, ring_off_ns = 4'000'000'000;

/// What a leg hears.
enum class source_kind : std::uint8_t {
  silence = 0,
  leg = 1,
  waiting_tone = 2,  ///< or music, where there is some for that
  ringback_tone = 3,
  holding_tone = 4,  ///< as waiting_tone
  closing_tone = 5,
  mix = 6,              ///< everyone who takes part in a call's mix but himself; he takes part too
  listening = 7,        ///< everyone who takes part in a call's mix; nobody hears him
  announcement = 8,     ///< prompts, once; then silence
  keys = 9,             ///< silence; keys that are pressed are told, as with an announcement
  whisper = 10,         ///< as listening, but who is coached there hears him
  coached = 11,         ///< as mix, and hears who whispers there
  confirming_tone = 12  ///< what was asked for by a code has been done
};
struct source {
  source_kind kind = source_kind::silence;
  leg_id leg;                ///< with `leg`: whose voice
  call_id mix;               ///< where `in_mix`: of which call
  queue_id queue;            ///< with `waiting_tone` and `holding_tone`: whose music; none: that of the house
  std::uint64_t number = 0;  ///< with `announcement` and `keys`: facts name it; the same words under another are said again
  std::string words;         ///< with `announcement`: names of prompts, by space; "#4711" is the text of that event
  source(source_kind what = source_kind::silence, leg_id whose = {}, call_id whole = {}, queue_id by = {})
      : kind(what), leg(whose), mix(whole), queue(by) {}
  friend auto operator<=>(const source&, const source&) = default;
};

/// What is heard is a call's mix.
constexpr bool in_mix(source_kind kind) {
  return kind == source_kind::mix || kind == source_kind::listening || kind == source_kind::whisper ||
         kind == source_kind::coached;
}

namespace act {
/// Sends an INVITE to a phone's registered contact, or to a trunk (device) with `number` as user part.
struct ring {
  leg_id leg;
  call_id call;
  device_id device;
  std::string number;          ///< with a trunk: what to dial; empty: the text of event `dialled`
  std::uint64_t dialled = 0;   ///< sequence of the `digits_dialed` event, 0 none
  std::uint64_t identity = 0;  ///< sequence of the `party_identified` event that says who is shown as calling; 0: the house
  bool auto_answer = false;    ///< Call-Info answer-after=0 and Alert-Info: the phone answers by itself
  std::string referred_by{};   ///< a URI: who asked for it by REFER; empty: nobody
  leg_id passes{};             ///< a caller who is not answered yet, and whose voice may pass the house by; 0: it is anchored
  std::string shown{};         ///< "number TAB name" that is shown as calling instead of `identity`; empty: that is
  friend bool operator==(const ring&, const ring&) = default;
};
/// 180 to a caller whose INVITE is not answered yet.
struct alert {
  leg_id leg;
  friend bool operator==(const alert&, const alert&) = default;
};
/// 200 to a caller whose INVITE is not answered yet.
struct answer {
  leg_id leg;
  friend bool operator==(const answer&, const answer&) = default;
};
/// Ends a leg as its state asks for: CANCEL, BYE, or a final answer (`status`, 480 by default) to an unanswered INVITE.
struct release {
  leg_id leg;
  std::uint16_t status = 0;
  cordboard::cause why{};  ///< goes out as Reason
  friend bool operator==(const release&, const release&) = default;
};
/// What a leg hears from now on.
struct hear {
  leg_id leg;
  source from;
  friend bool operator==(const hear&, const hear&) = default;
};
/// What a telephone has; their places are their numbers as events (RFC 4733 3.2).
inline constexpr std::string_view keys = "0123456789*#ABCD";
/// Whether this is a text of keys, and not empty.
constexpr bool are_keys(std::string_view text) {
  return !text.empty() && text.find_first_not_of(keys) == std::string_view::npos;
}
/// Presses keys towards a leg's far end (RFC 4733); `fact::digits_sent` follows, unless the leg ends before.
struct send_digits {
  leg_id leg;
  std::string digits;  ///< `are_keys`
  friend bool operator==(const send_digits&, const send_digits&) = default;
};
/// What a leg says and hears is recorded from now on, or no longer.
struct record {
  leg_id leg;
  std::uint64_t recording = 0;  ///< 0: not
  std::string file;             ///< below the folder of recordings; a new one
  bool suspended = false;       ///< silence is
  std::int64_t first_ns = 0;    ///< nothing said for so long at its beginning is told (`fact::silence`); 0: never
  std::int64_t silence_ns = 0;  ///< the same behind something that was said
  friend bool operator==(const record&, const record&) = default;
};
/// Asks all ends of a call by re-INVITE to send their voices to the house, or both to each other; `fact::voices_moved` follows,
/// unless the call ends before. The same again, after a restart, does no harm.
struct move_voices {
  call_id call;
  bool direct = false;  ///< to each other
  friend bool operator==(const move_voices&, const move_voices&) = default;
};
/// Asks for `fact::voices_joined` once the `hear` actions before it are carried out.
struct confirm_voices {
  call_id call;
  friend bool operator==(const confirm_voices&, const confirm_voices&) = default;
};
/// The answer to a phone's REFER: 202, or why not.
struct answer_refer {
  leg_id leg;
  std::uint16_t status = 0;
  friend bool operator==(const answer_refer&, const answer_refer&) = default;
};
/// How a REFER that was accepted ended, for the phone that asked: a final status.
struct tell_refer {
  leg_id leg;
  std::uint16_t status = 0;
  friend bool operator==(const tell_refer&, const tell_refer&) = default;
};
/// The board is to stop.
struct stop {
  friend bool operator==(const stop&, const stop&) = default;
};
}  // namespace act

using any_action = std::variant<act::ring, act::alert, act::answer, act::release, act::hear, act::confirm_voices, act::stop,
                                act::answer_refer, act::tell_refer, act::send_digits, act::record, act::move_voices>;

}  // namespace cordboard
