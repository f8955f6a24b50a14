// SPDX-License-Identifier: Apache-2.0
#include <figures/names.hpp>

#include <base/words.hpp>
#include <figures/bytes.hpp>
#include <string_view>

namespace cordboard::figures {
namespace {

std::string_view field(std::string_view text, int n) {
  for (; n > 0; --n) {
    const auto tab = text.find('\t');
    if (tab == std::string_view::npos) return {};
    text.remove_prefix(tab + 1);
  }
  return text.substr(0, text.find('\t'));
}

}  // namespace

bool names::tells(const event& e) {
  return e.kind == event_kind::queue_configured || e.kind == event_kind::operator_configured ||
         e.kind == event_kind::device_configured || e.kind == event_kind::request_kind_configured;
}

void names::hear(const event& e, log_reader& from) {
  if (!tells(e)) return;
  const auto read = from.text(e);
  const std::string_view text = read ? *read : std::string_view{};
  if (e.kind == event_kind::device_configured)
    trunks_[e.device.value] = static_cast<device_kind>(e.state) == device_kind::trunk;
  if (text.empty()) return;
  if (e.kind == event_kind::request_kind_configured) {
    request_kind& kind = kinds_[e.detail];
    kind.word = field(text, 0), kind.zh = field(text, 1), kind.en = field(text, 2);
    kind.results.clear();
    for (const auto word : words_of(field(text, 5))) kind.results.emplace_back(word);
    return;
  }
  const std::string first(field(text, 0)), second(field(text, 1));
  const std::string both = second.empty() || second == first ? first : first + ' ' + second;
  if (e.kind == event_kind::queue_configured) queues_[e.queue.value] = both;
  if (e.kind == event_kind::operator_configured) operators_[e.operator_.value] = both;
  if (e.kind == event_kind::device_configured) devices_[e.device.value] = both;
}

std::string_view names::kind_word(std::uint32_t id) const {
  const auto it = kinds_.find(id);
  return it != kinds_.end() ? std::string_view(it->second.word) : std::string_view{};
}

std::string_view names::result_word(std::uint32_t kind, std::uint32_t place) const {
  const auto it = kinds_.find(kind);
  if (it == kinds_.end() || place == 0 || place > it->second.results.size()) return {};
  return it->second.results[place - 1];
}

std::string names::kind(std::uint32_t id) const {
  const auto word = kind_word(id);
  return !word.empty() ? std::string(word) : id == 0 ? "-" : '#' + std::to_string(id);
}

std::string names::kind_title(std::string_view word, language in) const {
  for (const auto& [id, kind] : kinds_)
    if (kind.word == word) return in == language::zh ? kind.zh : kind.en;
  return std::string(word);
}

std::string names::save() const {
  std::string out;
  for (const table* all : {&queues_, &operators_, &devices_}) {
    put(out, static_cast<std::uint64_t>(all->size()));
    for (const auto& [id, name] : *all) put(out, id), put_text(out, name);
  }
  put(out, static_cast<std::uint64_t>(trunks_.size()));
  for (const auto& [id, is] : trunks_) put(out, id), put(out, is);
  put(out, static_cast<std::uint64_t>(kinds_.size()));
  for (const auto& [id, kind] : kinds_) {
    put(out, id), put_text(out, kind.word), put_text(out, kind.zh), put_text(out, kind.en);
    put(out, static_cast<std::uint64_t>(kind.results.size()));
    for (const std::string& word : kind.results) put_text(out, word);
  }
  return out;
}

std::optional<names> names::load(std::string_view bytes) {
  names out;
  byte_source from(bytes);
  const auto each = [&](auto&& one) {
    for (auto left = from.get<std::uint64_t>(); left > 0 && !from.broken(); --left) one();
  };
  for (table* all : {&out.queues_, &out.operators_, &out.devices_}) {
    each([&] {
      const auto id = from.get<std::uint32_t>();
      (*all)[id] = from.get_text();
    });
  }
  each([&] {
    const auto id = from.get<std::uint32_t>();
    out.trunks_[id] = from.get<bool>();
  });
  each([&] {
    request_kind& kind = out.kinds_[from.get<std::uint32_t>()];
    kind.word = from.get_text(), kind.zh = from.get_text(), kind.en = from.get_text();
    each([&] { kind.results.push_back(from.get_text()); });
  });
  if (!from.whole()) return std::nullopt;
  return out;
}

std::string names::of(const table& all, std::uint32_t id) {
  if (id == 0) return "-";
  const auto it = all.find(id);
  return it != all.end() ? it->second : '#' + std::to_string(id);
}

}  // namespace cordboard::figures
