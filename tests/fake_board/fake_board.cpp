// SPDX-License-Identifier: Apache-2.0
#include "fake_board.hpp"
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace cordboard::test {
namespace {

void must(bool fine, const char* what) {
  if (!fine) throw std::system_error(errno, std::system_category(), what);
}

}  // namespace

fake_board::fake_board(std::string run) : run_(std::move(run)) {
  must(::mkdir(run_.c_str(), 0700) == 0 || errno == EEXIST, "mkdir");
  log::writer_options options;
  options.hot = run_ + "/hot";
  options.run = run_;
  auto opened = log::writer::open(options);
  if (!opened) throw std::system_error(opened.error(), "log");
  writer_ = std::move(*opened);
  if (!writer_->recovered().clean) {
    logged gap;
    gap.record.kind = event_kind::gap;
    gap.record.value = static_cast<std::int64_t>(writer_->recovered().gap_from);
    gap.record.other = writer_->recovered().gap_to;
    append({gap});
  }
  std::vector<logged> batch(3);
  batch[0].record.kind = event_kind::board_started;
  batch[1].record.kind = event_kind::device_configured;
  batch[1].record.device = {1};
  batch[1].text = "8001\t放射科";
  batch[2].record.kind = event_kind::operator_configured;
  batch[2].record.operator_ = {1};
  batch[2].text = "Anna";
  append(std::move(batch));

  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = run_ + '/' + std::string(socket_file);
  must(path.size() < sizeof address.sun_path, "path");
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  ::unlink(path.c_str());
  listener_ = ::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  must(listener_ >= 0, "socket");
  must(::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0, "bind");
  must(::listen(listener_, 16) == 0, "listen");
  bell_ = ::eventfd(0, EFD_CLOEXEC);
  must(bell_ >= 0, "eventfd");
  thread_ = std::thread([this] { serve(); });
}

fake_board::~fake_board() {
  ending_ = true;
  const std::uint64_t one = 1;
  if (::write(bell_, &one, sizeof one) == sizeof one) thread_.join();
  for (const int peer : peers_) ::close(peer);
  ::close(listener_);
  ::close(bell_);
  ::unlink((run_ + '/' + std::string(socket_file)).c_str());
  writer_->close();
}

void fake_board::wait_for_stop() { stopped_.wait(false); }

void fake_board::drop_connections() {
  dropping_ = true;
  const std::uint64_t one = 1;
  must(::write(bell_, &one, sizeof one) == sizeof one, "eventfd");
  dropping_.wait(true);
}

std::uint64_t fake_board::append(std::vector<logged> batch) {
  for (logged& l : batch) l.record.time_ns = log::wall_time_ns();
  const std::uint64_t first = writer_->next(batch.size());
  if (auto done = writer_->append(batch); !done) throw std::system_error(done.error(), "append");
  writer_->wake();
  return first;
}

logged fake_board::about(event_kind kind, const command& c) const {
  logged l;
  l.record.kind = kind;
  l.record.command = c.id;
  l.record.detail = static_cast<std::uint16_t>(c.kind);
  l.record.call = c.call;
  l.record.actor = {1};
  return l;
}

void fake_board::reply(int peer, const socket_answer& answer) {
  [[maybe_unused]] const auto sent = ::send(peer, &answer, sizeof answer, MSG_NOSIGNAL);
}

void fake_board::give(int peer, const command& c) {
  for (const auto& [to, answer] : std::exchange(late_, {})) reply(to, answer);
  if (const auto known = answered_.find(c.id); known != answered_.end()) return reply(peer, known->second);
  if (c.kind == command_kind::ready) return;
  if (c.kind == command_kind::log_off) return reply(peer, {c.id, static_cast<std::int32_t>(errc::queue_full), 0, 0});

  socket_answer answer{c.id, 0, 0, 0};
  if (c.kind == command_kind::clear_call) {
    logged refused = about(event_kind::command_refused, c);
    refused.record.value = static_cast<std::int64_t>(errc::call_unknown);
    answer.sequence = append({refused});
  } else {
    logged accepted = about(event_kind::command_accepted, c);
    accepted.record.value = c.deadline_ns;
    accepted.text = text_of(c);
    answer.sequence = append({accepted});
  }
  answered_[c.id] = answer;
  if (c.kind == command_kind::answer) {
    late_.emplace_back(peer, answer);
  } else {
    reply(peer, answer);
  }

  std::vector<logged> batch;
  switch (c.kind) {
    case command_kind::clear_call:
    case command_kind::reconnect: return;
    case command_kind::retrieve:
      batch.push_back(about(event_kind::command_failed, c));
      batch.back().record.cause = cause::busy;
      break;
    case command_kind::alternate: batch.push_back(about(event_kind::command_timed_out, c)); break;
    default:
      if (c.kind == command_kind::hold) {
        logged held;
        held.record.kind = event_kind::held;
        held.record.call = c.call;
        held.record.state = static_cast<std::uint8_t>(connection_state::hold);
        held.record.revision = 7;
        batch.push_back(held);
      }
      if (c.kind == command_kind::make_call) {
        logged who;
        who.record.kind = event_kind::party_identified;
        who.record.call = c.new_call;
        who.record.party = c.new_party;
        who.text = std::string(text_of(c)) + "\t王芳";
        batch.push_back(who);
      }
      batch.push_back(about(event_kind::command_done, c));
      batch.back().record.value = static_cast<std::int64_t>(answer.sequence);
  }
  append(std::move(batch));
  if (c.kind == command_kind::stop) {
    stopped_ = true;
    stopped_.notify_all();
  }
}

/// @returns false when the peer is gone, or is to go
bool fake_board::take(int peer) {
  command c;
  const auto n = ::recv(peer, &c, sizeof c, MSG_TRUNC);
  if (n != static_cast<ssize_t>(sizeof c)) return false;
  if (c.kind == command_kind::not_ready) {
    reply(peer, {{}, static_cast<std::int32_t>(errc::access_refused), 0, 0});
    return false;
  }
  if (auto fine = check(c); !fine) {
    reply(peer, {c.id, fine.error().value(), 0, 0});
  } else {
    give(peer, c);
  }
  return true;
}

void fake_board::serve() {
  while (!ending_) {
    std::vector<pollfd> all{{bell_, POLLIN, 0}, {listener_, POLLIN, 0}};
    for (const int peer : peers_) all.push_back({peer, POLLIN, 0});
    if (::poll(all.data(), all.size(), -1) < 0) continue;
    if (all[0].revents != 0) {
      std::uint64_t rung = 0;
      [[maybe_unused]] const auto n = ::read(bell_, &rung, sizeof rung);
    }
    for (std::size_t i = 2; i < all.size(); ++i) {
      if (all[i].revents == 0 || take(all[i].fd)) continue;
      ::close(all[i].fd);
      std::erase(peers_, all[i].fd);
    }
    if (dropping_) {
      for (const int peer : std::exchange(peers_, {})) ::close(peer);
      late_.clear();
      dropping_ = false;
      dropping_.notify_all();
    }
    if (all[1].revents != 0) {
      const int peer = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (peer >= 0) peers_.push_back(peer);
    }
  }
}

}  // namespace cordboard::test
