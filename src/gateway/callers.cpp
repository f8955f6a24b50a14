// SPDX-License-Identifier: Apache-2.0
#include <gateway/callers.hpp>

#include <base/json.hpp>
#include <chrono>
#include <cordboard/event.hpp>
#include <store/persons.hpp>
#include <store/schema.hpp>
#include <store/terms.hpp>

namespace cordboard::gateway {
namespace {

constexpr std::size_t calls_shown = 10;

std::int64_t wall_ns() { return std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count(); }

std::string_view key_of(store::passage_kind kind) {
  switch (kind) {
    case store::passage_kind::person_name: return "name";
    case store::passage_kind::person_number: return "number";
    case store::passage_kind::person_card: return "card";
    case store::passage_kind::person_note: return "note";
    case store::passage_kind::person_family: return "family";
    case store::passage_kind::person_group: return "group";
    default: return {};
  }
}

std::string json_of(const store::person& one) {
  json_list texts;
  for (const auto& [kind, text] : one.texts) {
    if (key_of(kind).empty()) continue;
    json_object said;
    said.text(key_of(kind), store::readable(text));
    texts.raw(std::move(said).end());
  }
  json_object o;
  o.id("id", one.id);
  o.raw("said", std::move(texts).end());
  return std::move(o).end();
}

std::string json_of(const store::call_line& one) {
  json_object o;
  o.id("call", one.id);
  o.id("began_ns", one.began_at);
  o.id("answered_ns", one.answered_at);
  o.id("ended_ns", one.ended_at);
  o.words("queue", one.queue);
  o.words("operator", one.operator_);
  o.words("number", store::readable(one.number));
  o.words("name", store::readable(one.name));
  if (const auto why = name(static_cast<cause>(one.cause)); one.ended_at != 0 && !why.empty()) o.text("cause", why);
  json_list notes;
  for (const auto& note : one.notes) notes.text(store::readable(note));
  if (!notes.empty()) o.raw("notes", std::move(notes).end());
  return std::move(o).end();
}

std::string json_of(const store::request_line& one) {
  json_object o;
  o.id("request", one.id);
  o.words("no", one.shown);
  o.words("kind", one.kind);
  o.text("status", name(one.status));
  o.words("owner", one.owner);
  o.id("opened_ns", one.opened_at);
  o.id("due_ns", one.due_at);
  return std::move(o).end();
}

template <class Lines>
std::string list_of(const Lines& lines) {
  json_list out;
  for (const auto& line : lines) out.raw(json_of(line));
  return std::move(out).end();
}

}  // namespace

std::string callers::look(const std::string& number, const std::string& login) {
  try {
    return ask(number, login);
  } catch (const store::database_error&) {
    // Whatever it was, the next look begins anew.
    keys_.reset();
    in_.reset();
    throw;
  }
}

std::string callers::ask(const std::string& number, const std::string& login) {
  if (!in_) {
    in_ = where_.open(store::purpose::writes);
    store::expect_version(*in_);
    keys_.emplace(store::vault::open(*in_, store::read_master(where_.key_file), false));
  }
  // What another process has erased since is not to be read by a key that was kept.
  keys_->forget();
  store::recognised found;
  const std::int64_t entry = store::note_access(*in_, {0, login, true}, "who", wall_ns());
  if (store::term_of_number(*keys_, number) != 0) found = store::recognise(*in_, *keys_, number, calls_shown);
  store::note_found(*in_, entry, found.persons.size() + found.calls.size() + found.requests.size());
  json_object o;
  o.raw("persons", list_of(found.persons));
  o.raw("calls", list_of(found.calls));
  o.raw("requests", list_of(found.requests));
  return std::move(o).end();
}

}  // namespace cordboard::gateway
