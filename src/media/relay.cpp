// SPDX-License-Identifier: Apache-2.0
#include <media/batch.hpp>
#include <media/relay.hpp>
#include <algorithm>
#include <pthread.h>
#include <csignal>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace cordboard::media {
namespace {

constexpr int events_max = 128;
// After a stop of the process a tone goes on where the clock is; it does not make up for it by a burst.
constexpr std::uint64_t frames_max = 5;
constexpr int batches_at_end = 8;

std::system_error failed(const char* what) { return {errno, std::system_category(), what}; }

}  // namespace

relay::relay(sink& to, const watching& what, std::string cname)
    : sink_(to),
      watching_(what),
      cname_(std::move(cname)),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      timer_(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)),
      wake_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      batch_(std::make_unique<batch>()) {
  if (!epoll_ || !timer_ || !wake_) throw failed("media thread");
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = &wake_;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wake_.get(), &event) != 0) throw failed("media thread");
  event.data.ptr = &timer_;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, timer_.get(), &event) != 0) throw failed("media thread");
  // Signals are the loop's: the thread begins with all of them blocked.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_setname_np(thread_.native_handle(), "media");
}

relay::~relay() {
  stop_.store(true, std::memory_order_release);
  wake();
  flush();
  thread_.join();
  // Streams that were added and never taken up belong to nobody else.
  for (stream* s = changed_.exchange(nullptr, std::memory_order_acquire); s != nullptr;) {
    stream* const next = s->next_changed;
    if (s->place == stream::nowhere) delete s;
    s = next;
  }
}

void relay::add(std::unique_ptr<stream> fresh) { changed(*fresh.release()); }

void relay::hear(stream& who, const voice* what) {
  who.hears.store(what, std::memory_order_release);
  changed(who);
}

void relay::hear(stream& who, const voice* part, std::uint64_t mix_of) {
  who.mixed_in.store(mix_of, std::memory_order_relaxed);
  hear(who, part);
}

void relay::press(stream& who, std::string keys) {
  delete who.pressed.exchange(new std::string(std::move(keys)), std::memory_order_acq_rel);
  changed(who);
  wake();
}

void relay::tell(stream& who, script what) { delete who.told.exchange(new script(std::move(what)), std::memory_order_acq_rel); }

void relay::record(stream& who, std::shared_ptr<tape> to, bool suspended, pause_limits quiet) {
  delete who.recorded.exchange(new stream::recording_order{std::move(to), suspended, quiet}, std::memory_order_acq_rel);
  changed(who);
  wake();
}

void relay::agree(stream& who, const terms& what) {
  delete who.agreed.exchange(new terms(what), std::memory_order_acq_rel);
  changed(who);
  wake();
}

void relay::close(stream& who) {
  const auto before = who.state.fetch_or(stream::queued | stream::closing, std::memory_order_acq_rel);
  if ((before & stream::queued) == 0) push(who);
  wake();
}

void relay::changed(stream& who) {
  if ((who.state.fetch_or(stream::queued, std::memory_order_acq_rel) & stream::queued) == 0) push(who);
}

void relay::push(stream& who) {
  stream* head = changed_.load(std::memory_order_relaxed);
  do who.next_changed = head;
  while (!changed_.compare_exchange_weak(head, &who, std::memory_order_release, std::memory_order_relaxed));
}

void relay::flush() {
  if (!std::exchange(waiting_, false)) return;
  const std::uint64_t one = 1;
  (void)!::write(wake_.get(), &one, sizeof one);  // can fail only when it is awake anyway
}

void relay::wake() {
  waiting_ = true;
  if (!deferred_) flush();
}

void relay::run() {
  std::array<epoll_event, events_max> events{};
  while (!stop_.load(std::memory_order_acquire)) {
    const int count = ::epoll_wait(epoll_.get(), events.data(), events_max, -1);
    look_at_clock();
    // Changes first: a packet that woke us finds the route that was set before it came.
    drain();
    std::uint64_t frames = 0;
    for (int i = 0; i < count; ++i) {
      void* const what = events[static_cast<std::size_t>(i)].data.ptr;
      if (what == &wake_) {
        std::uint64_t ignored = 0;
        (void)!::read(wake_.get(), &ignored, sizeof ignored);
      } else if (what == &timer_) {
        if (::read(timer_.get(), &frames, sizeof frames) != sizeof frames) frames = 0;
      } else {
        const auto& ear = *static_cast<const stream::ear*>(what);
        if (ear.of->place == stream::nowhere) continue;  // ended in this turn
        if (ear.reports) {
          receive_rtcp(*ear.of);
        } else {
          receive(*ear.of);
        }
      }
    }
    if (frames != 0) tick(std::min(frames, frames_max), frames);
    ended_.clear();
  }
}

void relay::drain() {
  // All links before an end: a stream that somebody was told to hear is linked when it ends, so nobody keeps its address. Who was
  // told so before it was closed, and after we looked at him, is in the next list, so it ends after that one.
  do {
    drained_.clear();
    ending_.swap(closing_);
    closing_.clear();
    for (stream* s = changed_.exchange(nullptr, std::memory_order_acquire); s != nullptr; s = s->next_changed)
      drained_.push_back(s);
    for (stream* s : drained_) {
      const auto bits = s->state.exchange(0, std::memory_order_acq_rel);
      if (s->place == stream::nowhere) begin(*s);
      touch(*s);
      if (const std::unique_ptr<terms> fresh{s->agreed.exchange(nullptr, std::memory_order_acq_rel)}) take_up(*s, *fresh);
      if (const std::unique_ptr<std::string> keys{s->pressed.exchange(nullptr, std::memory_order_acq_rel)})
        s->keys = std::make_unique<key_presses>(*keys);
      const voice* const hears = s->hears.load(std::memory_order_acquire);
      const bool asks = hears != nullptr && (hears->kind == source_kind::announcement || hears->kind == source_kind::keys);
      // What is to be said stands before `hears` does: it waits for that.
      if (std::unique_ptr<script> words{asks ? s->told.exchange(nullptr, std::memory_order_acq_rel) : nullptr}) {
        s->asks = words->number;
        if (words->over()) words.reset();
        s->saying = std::move(words);
      }
      if (!asks) {
        s->saying.reset();
        s->key_tones.reset();
        s->asks = 0;
      }
      if (const std::unique_ptr<stream::recording_order> how{s->recorded.exchange(nullptr, std::memory_order_acq_rel)}) {
        if (s->tapes && s->tapes->to == how->to)
          s->tapes->suspended = how->suspended;
        else
          s->tapes = how->to ? std::make_unique<taping>(how->to, how->suspended, how->quiet) : nullptr;
      }
      link(*s, hears);
      if ((bits & stream::closing) != 0) closing_.push_back(s);
    }
    for (stream* s : ending_) end(*s);
    ending_.clear();
  } while (!closing_.empty());
}

void relay::begin(stream& s) {
  s.place = streams_.size();
  streams_.emplace_back(&s);
  due_.push_back(0);
  if (streams_.size() == 1) set_timer(true);
  // Spread over the interval, so that many streams don't report at once.
  s.next_look = now_ + look_interval * static_cast<nanoseconds>(s.id % 16 + 1) / 16;
  s.next_report = now_ + report_interval * static_cast<nanoseconds>(s.id % 16 + 1) / 16;
  s.next_verdict = now_ + verdict_interval;
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = &s.voice_ear;
  (void)::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, s.rtp.get(), &event);
  event.data.ptr = &s.report_ear;
  (void)::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, s.rtcp.get(), &event);
}

void relay::link(stream& s, const voice* to) {
  const bool mixed = to != nullptr && in_mix(to->kind);
  const std::uint64_t of = mixed ? s.mixed_in.load(std::memory_order_relaxed) : 0;
  const bool stays = s.in_mix != nullptr && s.in_mix->id == of;
  if (to == s.heard && (stays || !mixed)) return;
  touch(s);
  if (s.source != nullptr) std::erase(s.source->hearers, &s);
  if (s.heard == nullptr) s.heard_at = now_;
  s.heard = to;
  s.source = nullptr;
  s.transcoded = false;
  if (s.in_mix != nullptr && !stays) leave_mix(s);
  if (mixed && !stays) enter_mix(s, of);
  if (mixed) {
    const bool heard = to->kind != source_kind::listening;
    const bool whispers = to->kind == source_kind::whisper;
    // From aloud to a whisper and back a voice ends in the one and begins in the other.
    if (s.says->heard && (!heard || whispers != s.says->whispers)) s.in_mix->leave(*s.says);
    s.says->heard = heard;
    s.says->whispers = whispers;
  }
  if (stays) return;
  if (to != nullptr && to->kind == source_kind::leg) {
    // Streams are the only voices of this kind, and they are made mutable; what is const is the view that a route gives.
    s.source = const_cast<stream*>(static_cast<const stream*>(to));
    s.source->hearers.push_back(&s);
  }
  s.frame = 0;
  s.linked_at = now_;
  s.out.interrupt();
}

void relay::enter_mix(stream& s, std::uint64_t id) {
  const auto known = std::find_if(mixes_.begin(), mixes_.end(), [&](const auto& m) { return m->id == id; });
  if (known != mixes_.end()) {
    s.in_mix = known->get();
  } else {
    s.in_mix = mixes_.emplace_back(std::make_unique<mix>()).get();
    s.in_mix->id = id;
    s.in_mix->parties.reserve(mix_parties_max);
  }
  s.in_mix->parties.push_back(&s);
  s.says = std::make_unique<speech>();
}

void relay::leave_mix(stream& s) {
  mix* const left = std::exchange(s.in_mix, nullptr);
  left->leave(*s.says);
  s.says.reset();
  std::erase(left->parties, &s);
  if (left->parties.empty()) std::erase_if(mixes_, [&](const auto& m) { return m.get() == left; });
}

void relay::end(stream& s) {
  // What the far end had sent before counts, and is still passed on; a flood does not keep us.
  for (int i = 0; i < batches_at_end && receive(s); ++i) continue;
  report(s, true);
  const voice* const silence = &generator(source_kind::silence);
  while (!s.hearers.empty()) {
    stream& hearer = *s.hearers.back();
    // Fails when the loop has meanwhile said something else: then the hearer is in the list of changed, and linked anew.
    const voice* gone = &s;
    hearer.hears.compare_exchange_strong(gone, silence, std::memory_order_acq_rel);
    link(hearer, silence);
  }
  link(s, nullptr);
  s.tapes.reset();
  s.rtp.reset();
  s.rtcp.reset();
  if (s.place + 1 != streams_.size()) {
    std::swap(streams_[s.place], streams_.back());
    std::swap(due_[s.place], due_.back());
    streams_[s.place]->place = s.place;
  }
  ended_.push_back(std::move(streams_.back()));
  streams_.pop_back();
  due_.pop_back();
  s.place = stream::nowhere;
  if (streams_.empty()) set_timer(false);
  tell_quality(s);
  const statistics count = s.count.read();
  sink_.on_fact(fact::media_ended{s.leg, count.received, count.sent,
                                  static_cast<std::uint16_t>(std::min<std::uint64_t>(count.lost, 0xFFFF))});
}

void relay::look_at_clock() {
  timespec at{};
  ::clock_gettime(CLOCK_MONOTONIC, &at);
  now_ = at.tv_sec * 1'000'000'000LL + at.tv_nsec;
  ::clock_gettime(CLOCK_REALTIME, &at);
  wall_ = at.tv_sec * 1'000'000'000LL + at.tv_nsec;
}

void relay::set_timer(bool on) {
  itimerspec spec{};
  if (on) spec.it_interval.tv_nsec = spec.it_value.tv_nsec = frame_time;
  (void)::timerfd_settime(timer_.get(), 0, &spec, nullptr);
}

}  // namespace cordboard::media
