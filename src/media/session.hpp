// SPDX-License-Identifier: Apache-2.0
// Offer and answer with one far end (RFC 3264): what was said, and what follows from it.
#pragma once
#include <cordboard/errc.hpp>
#include <media/address.hpp>
#include <media/fields.hpp>
#include <media/payload.hpp>
#include <media/policy.hpp>
#include <media/sdes.hpp>
#include <media/sdp.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cordboard::media {

/// What is agreed with a far end: all that a stream needs of its session.
struct terms {
  payload_map in;   ///< what arrives
  payload_map out;  ///< what may be sent, with the far end's numbers
  address rtp;      ///< where the far end receives; none: it shows by its packets
  address rtcp;
  bool far_sends = false;
  bool far_hears = false;
  /// RTP and RTCP share the far end's port (RFC 5761), and so ours.
  bool muxed() const { return rtp && rtcp == rtp; }
  /// With what we seal, and what comes is sealed with: both, or neither.
  std::optional<sdes::crypto> ours, theirs;
};

/// ```
///   offer ──► accept       our offer, their answer         an unacceptable text changes nothing
///   answer                 their offer, our answer
/// ```
class session {
public:
  /// @param local  our address and RTP port, as it stands in what we say
  /// @param id     our session id (RFC 8866 §5.2): random, below 2^63
  /// @param may    what may be agreed
  session(const address& local, std::uint64_t id, const policy& may = {}) : local_(local), id_(id), may_(may) {}

  /// Our offer, `first` as the preferred voice. What was refused before keeps its place (RFC 3264 §8).
  std::string offer(codec first);
  /// @errors  sdp_unacceptable
  result<void> accept(std::string_view answer);
  /// The first audio that we can do is taken, everything else refused in its place.
  /// @errors  sdp_unacceptable
  result<std::string> answer(std::string_view offer);

  /// What another far end says, as this one is told it past us: the same but for its origin, which is ours in this dialog.
  /// @errors  sdp_unacceptable
  result<std::string> pass(std::string_view description);
  /// Where the next description of ours says we are.
  void move_to(const address& local) { local_ = local; }
  /// What was agreed holds no more.
  void forget() {
    agreed_.reset();
    keys_offered_.clear();
  }

  /// What is agreed; nothing before the first answer.
  const std::optional<terms>& agreed() const { return agreed_; }
  /// The far end does not want to hear us.
  bool held() const { return agreed_ && !agreed_->far_hears; }

  void save(fields& to) const;
  /// @errors  text_invalid
  static result<session> restore(const fields& from, const address& local);

private:
  struct choice;
  bool may_speak(codec what) const;
  /// What of a section can be spoken: voices that may be, and keys. Empty: no voice.
  sdp::codec_list usable(const sdp::section& of) const;
  /// The same with one voice, the preferred, before those that have its clock.
  sdp::codec_list preferred(const sdp::codec_list& offered) const;
  /// What of an offer is taken; nothing: none of it can be.
  std::optional<choice> choose(const sdp::description& from) const;
  /// Whether an answer's keys fit what we offered; they are put into `into`.
  bool take_keys(const sdp::section& answer, terms& into) const;
  /// @param one_port  RTCP may share the port of RTP
  std::string say(const sdp::codec_list& codecs, const std::vector<sdes::crypto>& keys, bool one_port,
                  sdp::direction direction);
  /// The session has these sections from now on.
  void keep_sections(const sdp::description& of, std::size_t audio);
  /// The o= line's value, for a description that is `body` else.
  std::string origin(std::string_view body);

  address local_;
  std::uint64_t id_;
  policy may_;
  std::uint64_t version_ = 0;          ///< of the last description that we sent
  std::size_t said_ = 0;               ///< hash of that description without its o= line: unchanged keeps the version
  std::uint8_t keys_number_ = 101;     ///< what keys are offered as
  std::string times_ = "0 0";          ///< the t= line of an offer is that of its answer
  std::vector<std::string> sections_;  ///< m= lines of the session, each refused one as "kind 0 protocol formats"; ours empty
  std::size_t audio_ = 0;              ///< which of them is ours
  std::string protocol_;               ///< of our section; empty: not said yet
  sdp::codec_list offered_;            ///< in our last offer
  std::vector<sdes::crypto> keys_offered_;
  std::optional<terms> agreed_;
};

}  // namespace cordboard::media
