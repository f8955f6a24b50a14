// SPDX-License-Identifier: Apache-2.0
// A fold's state as bytes, so that it can go on anywhere.
#include <figures/bytes.hpp>
#include <figures/fold.hpp>

#include <utility>

namespace cordboard::figures {
namespace {

constexpr std::uint32_t layout_version = 2;

// The same lists for both directions, so that nothing is written and not read.
template <class Io>
void io(Io&& each, open_call& c) {
  each(c.id), each(c.caller), each(c.parent), each(c.operator_leg), each(c.held_since), each(c.consults_since), each(c.queue);
  each(c.keeper), each(c.consults), each(c.kept_by), each(c.held), each(c.held_by_phone), each(c.keeper_hung_up);
  each(c.late_transfer), each(c.entered), each(c.wait), each(c.handling), each(c.put_through), each(c.transfer), each(c.rating);
}

template <class Io>
void io(Io&& each, open_request& r) {
  each(r.own), each(r.reach), each(r.attempt), each(r.appointment), each(r.duties);
}

bool in_range(const open_call& c) {
  const auto fits = [&](std::int32_t at) { return at < static_cast<std::int32_t>(c.records.size()) && at >= -1; };
  bool all =
      !c.records.empty() && fits(c.wait) && fits(c.handling) && fits(c.put_through) && fits(c.transfer) && fits(c.rating);
  for (const std::int32_t at : c.offers) all = all && fits(at) && at >= 0;
  return all;
}

}  // namespace

std::string fold::save() const {
  std::string out;
  put(out, layout_version);
  put(out, position_), put(out, first_time_), put(out, last_time_), put(out, bin_end_);
  put(out, static_cast<std::uint64_t>(open_calls()));
  for (const open_call& call : calls_) {
    if (call.id == 0) continue;
    io([&](const auto& field) { put(out, field); }, const_cast<open_call&>(call));
    put_all(out, call.offers);
    put_all(out, call.records);
  }
  put(out, static_cast<std::uint64_t>(positions_.size()));
  for (const auto& [id, who] : positions_)
    put(out, id), put(out, who.state), put(out, who.since), put(out, who.last), put(out, who.wrap);
  put(out, static_cast<std::uint64_t>(devices_.size()));
  for (const auto& [id, device] : devices_)
    put(out, id), put(out, device.trunk), put(out, device.known), put(out, device.there), put(out, device.since);
  put(out, static_cast<std::uint64_t>(requests_.size()));
  for (const auto& [id, r] : requests_) {
    put(out, id);
    io([&](const auto& field) { put(out, field); }, const_cast<open_request&>(r));
    put(out, static_cast<std::uint64_t>(r.owners.size()));
    for (const auto& [who, device] : r.owners) put(out, who), put(out, device);
  }
  put(out, static_cast<std::uint64_t>(entries_.size()));
  for (const auto& [id, entry] : entries_) put(out, id), put(out, entry);
  return out;
}

std::optional<fold> fold::load(std::string_view bytes, record_sink& to) {
  byte_source from(bytes);
  fold out(to);
  if (from.get<std::uint32_t>() != layout_version) return std::nullopt;
  out.position_ = from.get<std::uint64_t>();
  out.first_time_ = from.get<std::int64_t>();
  out.last_time_ = from.get<std::int64_t>();
  out.bin_end_ = from.get<std::int64_t>();
  for (auto left = from.get<std::uint64_t>(); left > 0 && !from.broken(); --left) {
    open_call call;
    io([&](auto& field) { field = from.get<std::remove_reference_t<decltype(field)>>(); }, call);
    call.offers = from.get_all<std::int32_t>();
    call.records = from.get_all<record>();
    if (!in_range(call)) return std::nullopt;
    const auto at = static_cast<std::uint32_t>(out.calls_.size());
    const std::uint64_t hash = mix(call.id);
    out.calls_.push_back(std::move(call));
    out.index_.insert(hash, at, [&](std::uint32_t place) { return mix(out.calls_[place].id); });
  }
  for (auto left = from.get<std::uint64_t>(); left > 0 && !from.broken(); --left) {
    position_state& who = out.positions_[from.get<std::uint32_t>()];
    who.state = from.get<operator_state>();
    who.since = from.get<std::int64_t>();
    who.last = from.get<record>();
    who.wrap = from.get<record>();
  }
  for (auto left = from.get<std::uint64_t>(); left > 0 && !from.broken(); --left) {
    device_watch& device = out.devices_[from.get<std::uint32_t>()];
    device.trunk = from.get<bool>();
    device.known = from.get<bool>();
    device.there = from.get<bool>();
    device.since = from.get<std::int64_t>();
  }
  for (auto left = from.get<std::uint64_t>(); left > 0 && !from.broken(); --left) {
    open_request& r = out.requests_[from.get<std::uint64_t>()];
    io([&](auto& field) { field = from.get<std::remove_reference_t<decltype(field)>>(); }, r);
    for (auto owners = from.get<std::uint64_t>(); owners > 0 && !from.broken(); --owners) {
      const auto who = from.get<std::uint32_t>();
      r.owners.emplace_back(who, from.get<std::uint32_t>());
    }
    if (r.owners.empty()) return std::nullopt;
  }
  for (auto left = from.get<std::uint64_t>(); left > 0 && !from.broken(); --left) {
    record& entry = out.entries_[from.get<std::uint64_t>()];
    entry = from.get<record>();
  }
  if (!from.whole()) return std::nullopt;
  return out;
}

}  // namespace cordboard::figures
