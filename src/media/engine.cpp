// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <base/key_file.hpp>
#include <base/random.hpp>
#include <cerrno>
#include <chrono>
#include <fmt/format.h>
#include <map>
#include <media/engine.hpp>
#include <media/fields.hpp>
#include <media/kept.hpp>
#include <media/ports.hpp>
#include <media/prompts.hpp>
#include <media/recorder.hpp>
#include <media/relay.hpp>
#include <media/sealed.hpp>
#include <media/session.hpp>
#include <optional>
#include <system_error>
#include <unordered_map>

namespace cordboard::media {
namespace {

/// Numbers that nobody can guess (RFC 3550 §5.1, §8.1).
template <class Number>
Number random_number() {
  Number out{};
  fill_random(&out, sizeof out);
  return out;
}

std::int64_t wall_clock() { return std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count(); }

/// Whether the address is one of this machine's.
std::error_code try_to_bind(const address& at) {
  const descriptor fd{::socket(at.family(), SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_UDP)};
  if (fd && ::bind(fd.get(), at.get(), at.size()) == 0) return {};
  return {errno, std::system_category()};
}

constexpr std::string_view saved_as = "1";
constexpr std::chrono::nanoseconds frame_length{frame_time};

/// How far a stream may have come since it was saved, where nothing was kept of it since. It sends a packet every 20 ms (a source with longer packets sends fewer,
/// which leaves us further ahead), and more only while it catches up after a network's stall: 2 % and ten seconds are kept
/// for that. Ahead is less than half of the sequence's circle for eleven hours of that; a receiver that sees more of a
/// step than it likes begins anew with the second packet (RFC 3550 A.1).
progress ahead_of(progress saved, std::int64_t saved_at, std::int64_t now, std::uint32_t clock) {
  const std::int64_t passed_ms = std::max<std::int64_t>(0, (now - saved_at) / 1'000'000);
  saved.index += static_cast<std::uint64_t>(passed_ms / 20 + passed_ms / 1000 + 500);
  saved.timestamp = static_cast<std::uint32_t>(saved.timestamp + (passed_ms + 2000) * clock);
  return saved;
}

/// How far it has come: the next packet is the very next one, and its time has gone on.
progress kept_of(const kept_numbers& line, const address& seen, std::int64_t now, std::uint32_t clock) {
  const std::int64_t passed_ms = std::max<std::int64_t>(0, (now - line.wall()) / 1'000'000);
  return {line.ssrc(), line.index(), static_cast<std::uint32_t>(line.timestamp() + passed_ms * clock), seen};
}

watching watched(const media_config& config) {
  const auto in_ns = [](std::chrono::seconds x) { return std::chrono::nanoseconds(x).count(); };
  return {in_ns(config.lost_after), static_cast<double>(config.quality_min), in_ns(config.level_every)};
}

}  // namespace

struct engine::inside {
  struct leg_media {
    media::stream* stream;  ///< the media thread's; ours to name until `close`; null: the voice passes us by
    media::session session;
    std::uint64_t in_mix = 0;  ///< the call whose mix it hears, 0 none
    std::shared_ptr<tape> recorded{};
  };

  inside(const address& at, const media_config& config, sink& to, kept_page page, std::string key)
      : local(at),
        kept(std::move(page)),
        prompts_in(config.prompts),
        ports(at, config.port_min, config.port_max),
        records(to, config.recordings, key.empty() ? open_recording(open_wav) : seal_with(std::move(key))),
        passage(to, watched(config), fmt::format("{:016x}", random_number<std::uint64_t>())) {}

  leg_media* find(leg_id leg) {
    const auto at = legs.find(leg.value);
    return at == legs.end() ? nullptr : &at->second;
  }
  /// One that we hear.
  leg_media* voiced(leg_id leg) {
    auto* const media = find(leg);
    return media != nullptr && media->stream != nullptr ? media : nullptr;
  }
  session fresh_session(std::uint16_t port, const policy& may) const {
    return {local.with_port(port), random_number<std::uint64_t>() >> 2, may};
  }
  leg_media& add(leg_id leg, port_pair pair, session talk, const progress& from) {
    kept_numbers& line = kept.of(pair.port);
    auto made = std::make_unique<media::stream>(leg, std::move(pair), from, ++streams_made, line);
    auto& out = legs.insert_or_assign(leg.value, leg_media{made.get(), std::move(talk), 0, {}}).first->second;
    passage.add(std::move(made));
    return out;
  }
  /// A stream for the leg, with the session that it has, or a fresh one.
  result<leg_media*> give_stream(leg_id leg, const policy& may) {
    auto pair = ports.open();
    if (!pair) return failure(pair.error());
    auto* const known = find(leg);
    session talk = known != nullptr ? std::move(known->session) : fresh_session(pair->port, may);
    talk.move_to(local.with_port(pair->port));
    const auto from = begin(pair->port);
    return &add(leg, std::move(*pair), std::move(talk), from);
  }
  void end_stream(leg_media& media) {
    leave_mix(media);
    ports.give_back(media.stream->port);
    passage.close(*media.stream);
    media.stream = nullptr;
    media.recorded = nullptr;
    media.session.forget();
  }
  void leave_mix(leg_media& who) {
    const auto at = mixes.find(std::exchange(who.in_mix, 0));
    if (at != mixes.end() && --at->second == 0) mixes.erase(at);
  }
  /// A new stream at this port. Its sequence begins in the lower half, so that no receiver of SRTP takes a wrap for what it did not
  /// see (RFC 3711 §3.3.1).
  progress begin(std::uint16_t port) {
    const progress out{random_number<std::uint32_t>(), random_number<std::uint16_t>() / 2U, random_number<std::uint32_t>(), {}};
    kept.of(port).begin(out.ssrc, out.index, out.timestamp, wall_clock());
    return out;
  }

  /// False: `why` says what is wrong with the file.
  bool play(queue_id queue, const std::string& path, std::string& why) {
    auto read = sounds.get(path);
    if (!read) {
      why = fmt::format("\"{}\": {}", path, read.error());
      return false;
    }
    auto& made = musics[queue.value];
    made.recorded = std::move(*read);
    made.waiting = {source_kind::waiting_tone, made.recorded.get()};
    made.holding = {source_kind::holding_tone, made.recorded.get()};
    return true;
  }
  /// What is heard in place of a tone; null: the tone.
  const voice* music_for(const source& from) const {
    if (from.kind != source_kind::waiting_tone && from.kind != source_kind::holding_tone) return nullptr;
    auto hit = musics.find(from.queue.value);
    if (hit == musics.end()) hit = musics.find(0);
    if (hit == musics.end()) return nullptr;
    return from.kind == source_kind::waiting_tone ? &hit->second.waiting : &hit->second.holding;
  }

  struct music {
    std::shared_ptr<const sound> recorded;
    voice waiting, holding;
  };

  address local;
  kept_page kept;  // the media thread has pointers into it
  const std::string prompts_in;
  sound_cache sounds;
  std::map<std::uint32_t, music> musics;  ///< by queue, 0 the house's; the media thread has pointers into it
  prompts words;
  port_pool ports;
  std::unordered_map<std::uint64_t, leg_media> legs;
  std::unordered_map<std::uint64_t, std::size_t> mixes;  ///< by call: how many hear it
  std::uint64_t streams_made = 0;
  recorder records;  // what is on the way to it is written
  relay passage;     // last: its thread ends first
};

result<std::unique_ptr<engine>> engine::open(const media_config& config, sink& to, diagnostics* why, const std::string& kept) {
  const auto refuse = [&](std::string text) {
    if (why != nullptr) *why = diagnostics(std::move(text));
    return failure(std::make_error_code(std::errc::invalid_argument));
  };
  const auto at = address::parse(config.address, 0);
  if (!at || at->unspecified() || at->many())
    return refuse(fmt::format("media address \"{}\": an IP address of this machine is expected", config.address));
  if (const auto complaint = complaint_about_ports(config, kernel_ephemeral_range()); !complaint.empty())
    return refuse(complaint);
  if (const auto error = try_to_bind(*at)) {
    if (why != nullptr) *why = diagnostics(fmt::format("media address {}: {}", at->ip(), error.message()));
    return failure(error);
  }
  auto page = kept_page::open(kept, config.port_min, config.port_max);
  if (!page) {
    if (why != nullptr) *why = diagnostics(fmt::format("{}: {}", kept, page.error().message()));
    return failure(page.error());
  }
  std::string key;
  if (!config.recordings_key_file.empty()) {
    auto read = read_key_file(config.recordings_key_file);
    if (!read) return refuse(fmt::format("{}: {}", config.recordings_key_file, cordboard::text(read.error(), language::en)));
    key = std::move(*read);
  }
  try {
    std::unique_ptr<engine> made(new engine(std::make_unique<inside>(*at, config, to, std::move(*page), std::move(key))));
    std::string trouble;
    if (!config.music.empty() && !made->inside_->play({}, config.music, trouble)) return refuse("media music " + trouble);
    if (!config.prompts.empty()) {
      auto read = prompts::read(config.prompts);
      if (!read) return refuse("media prompts " + read.error());
      made->inside_->words = std::move(*read);
    }
    return made;
  } catch (const std::system_error& error) {
    if (why != nullptr) *why = diagnostics(error.what());
    return failure(error.code());
  }
}

engine::engine(std::unique_ptr<inside> parts) : inside_(std::move(parts)) {}
engine::~engine() = default;

result<void> engine::play_music(queue_id queue, const std::string& path, diagnostics* why) {
  std::string trouble;
  if (inside_->play(queue, path, trouble)) return {};
  if (why != nullptr) *why = diagnostics(std::move(trouble));
  return failure(std::make_error_code(std::errc::invalid_argument));
}

result<std::string> engine::offer(leg_id leg, leg_id other, const policy& may) {
  auto* media = inside_->find(leg);
  codec first = codec::none;
  for (const auto* with : {media, inside_->find(other)})
    if (with != nullptr && with->session.agreed()) first = with->session.agreed()->out.voice();
  if (media == nullptr || media->stream == nullptr) {
    const auto made = inside_->give_stream(leg, may);
    if (!made) return failure(made.error());
    media = *made;
  }
  return media->session.offer(first);
}

result<void> engine::accept(leg_id leg, std::string_view answer) {
  auto* const media = inside_->voiced(leg);
  if (media == nullptr) return failure(errc::call_unknown);
  if (const auto done = media->session.accept(answer); !done) return done;
  inside_->passage.agree(*media->stream, *media->session.agreed());
  return {};
}

result<std::string> engine::answer(leg_id leg, std::string_view offer, const policy& may) {
  if (offer.empty()) return this->offer(leg, {}, may);
  if (auto* const media = inside_->voiced(leg)) {
    auto text = media->session.answer(offer);
    if (text) inside_->passage.agree(*media->stream, *media->session.agreed());
    return text;
  }
  auto pair = inside_->ports.open();
  if (!pair) return failure(pair.error());
  const std::uint16_t port = pair->port;
  auto talk = inside_->fresh_session(port, may);
  auto text = talk.answer(offer);
  if (!text) {
    inside_->ports.give_back(port);
    return text;
  }
  auto& media = inside_->add(leg, std::move(*pair), std::move(talk), inside_->begin(port));
  inside_->passage.agree(*media.stream, *media.session.agreed());
  return text;
}

result<std::string> engine::pass(leg_id leg, std::string_view description, const policy& may) {
  if (auto* const media = inside_->find(leg)) return media->session.pass(description);
  auto talk = inside_->fresh_session(0, may);
  auto text = talk.pass(description);
  if (text) inside_->legs.insert_or_assign(leg.value, inside::leg_media{nullptr, std::move(talk), 0, {}});
  return text;
}

void engine::let_go(leg_id leg) {
  if (auto* const media = inside_->voiced(leg)) inside_->end_stream(*media);
}

bool engine::passes(leg_id leg) const {
  const auto* const media = inside_->find(leg);
  return media != nullptr && media->stream == nullptr;
}

bool engine::held_by_far(leg_id leg) const {
  const auto* const media = inside_->find(leg);
  return media != nullptr && media->session.held();
}

result<void> engine::send_digits(leg_id leg, std::string_view digits) {
  const auto* const media = inside_->voiced(leg);
  if (media == nullptr) return failure(errc::call_unknown);
  if (!act::are_keys(digits)) return failure(errc::text_invalid);
  if (!media->session.agreed()) return failure(errc::sdp_unacceptable);
  inside_->passage.press(*media->stream, std::string(digits));
  return {};
}

result<void> engine::hear(leg_id leg, source from) {
  auto* const media = inside_->voiced(leg);
  if (media == nullptr) return {};
  if (in_mix(from.kind)) {
    if (media->in_mix != from.mix.value) {
      std::size_t& parties = inside_->mixes[from.mix.value];
      if (parties == mix_parties_max) return failure(errc::conference_full);
      ++parties;
      inside_->leave_mix(*media);
      media->in_mix = from.mix.value;
    }
    inside_->passage.hear(*media->stream, &generator(from.kind), from.mix.value);
    return {};
  }
  inside_->leave_mix(*media);
  if (from.kind == source_kind::announcement) {
    auto said = inside_->words.say(from.words);
    if (!said || said->empty()) {
      inside_->passage.hear(*media->stream, &generator(source_kind::silence));
      return failure(errc::prompt_unknown);
    }
    inside_->passage.tell(*media->stream, script{std::move(*said), from.number});
  }
  if (from.kind == source_kind::keys) inside_->passage.tell(*media->stream, script{{}, from.number});
  const auto* const other = from.kind == source_kind::leg ? inside_->voiced(from.leg) : nullptr;
  const voice* what = other != nullptr ? other->stream : inside_->music_for(from);
  inside_->passage.hear(*media->stream, what != nullptr ? what : &generator(from.kind));
  return {};
}

tl::expected<void, std::string> engine::knows(std::string_view words) const {
  const auto said = inside_->words.say(words);
  if (!said) return tl::unexpected(said.error());
  return {};
}

tl::expected<void, std::string> engine::reread_prompts() {
  if (inside_->prompts_in.empty()) return {};
  auto read = prompts::read(inside_->prompts_in, &inside_->words);
  if (!read) return tl::unexpected(read.error());
  inside_->words = std::move(*read);
  return {};
}

void engine::record(leg_id leg, std::uint64_t recording, const std::string& file, bool suspended,
                    std::chrono::nanoseconds first, std::chrono::nanoseconds silence) {
  auto* const media = inside_->voiced(leg);
  if (media == nullptr) return;
  if (recording == 0)
    media->recorded = nullptr;
  else if (!media->recorded || media->recorded->recording != recording)
    media->recorded = inside_->records.begin(recording, file);
  inside_->passage.record(*media->stream, media->recorded, suspended, {first / frame_length, silence / frame_length});
}

statistics engine::stats(leg_id leg) const {
  const auto* const media = inside_->voiced(leg);
  return media == nullptr ? statistics{} : media->stream->count.read();
}

void engine::close(leg_id leg) {
  auto* const media = inside_->find(leg);
  if (media == nullptr) return;
  if (media->stream != nullptr) inside_->end_stream(*media);
  inside_->legs.erase(leg.value);
}

void engine::defer() { inside_->passage.defer(); }

void engine::flush() { inside_->passage.flush(); }

std::size_t engine::size() const {
  const auto& all = inside_->legs;
  return static_cast<std::size_t>(
      std::count_if(all.begin(), all.end(), [](const auto& one) { return one.second.stream != nullptr; }));
}

std::string engine::save(leg_id leg) const {
  const auto* const media = inside_->find(leg);
  if (media == nullptr) return {};
  fields out;
  out.add("media", saved_as);
  if (media->stream == nullptr) {
    out.add("passes", 1);
    media->session.save(out);
    return out.text();
  }
  const progress reached = media->stream->reached();
  out.add("port", media->stream->port);
  out.add("ssrc", reached.ssrc);
  out.add("sequence", static_cast<std::uint16_t>(reached.index));
  out.add("timestamp", reached.timestamp);
  out.add("at", static_cast<std::uint64_t>(wall_clock()));
  out.add("seen", reached.seen.text());
  media->session.save(out);
  return out.text();
}

result<void> engine::restore(leg_id leg, std::string_view saved) {
  if (inside_->find(leg) != nullptr) return failure(errc::id_taken);
  const fields from(saved);
  if (from.get("media") == saved_as && from.get("passes")) {
    auto talk = session::restore(from, inside_->local.with_port(0));
    if (!talk) return failure(talk.error());
    inside_->legs.insert_or_assign(leg.value, inside::leg_media{nullptr, std::move(*talk), 0, {}});
    return {};
  }
  const auto port = from.number<std::uint16_t>("port");
  const auto ssrc = from.number<std::uint32_t>("ssrc");
  const auto sequence = from.number<std::uint16_t>("sequence");
  const auto timestamp = from.number<std::uint32_t>("timestamp");
  const auto at = from.number<std::int64_t>("at");
  const auto seen = address::parse_pair(from.get("seen").value_or(""));
  if (from.get("media") != saved_as || !port || *port < 1024 || *port % 2 != 0 || !ssrc || !sequence || !timestamp || !at ||
      !seen)
    return failure(errc::text_invalid);
  auto talk = session::restore(from, inside_->local.with_port(*port));
  if (!talk) return failure(talk.error());
  const auto now = wall_clock();
  kept_numbers& line = inside_->kept.of(*port);
  const bool kept = line.ssrc() == *ssrc;
  // To send on would be to seal two packets alike.
  if (!kept && talk->agreed() && talk->agreed()->ours) return failure(std::make_error_code(std::errc::state_not_recoverable));
  auto pair = inside_->ports.open(*port);
  if (!pair) return failure(pair.error());
  const auto clock = clock_of(talk->agreed() ? talk->agreed()->out.voice() : codec::none);
  const auto at_last =
      kept ? kept_of(line, *seen, now, clock) : ahead_of({*ssrc, *sequence, *timestamp, *seen}, *at, now, clock);
  if (!kept) line.begin(at_last.ssrc, at_last.index, at_last.timestamp, now);
  const auto& media = inside_->add(leg, std::move(*pair), std::move(*talk), at_last);
  if (media.session.agreed()) inside_->passage.agree(*media.stream, *media.session.agreed());
  return {};
}

}  // namespace cordboard::media
