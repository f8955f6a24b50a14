// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <sip/dialog_info.hpp>
#include <algorithm>
#include <charconv>
#include <optional>

namespace cordboard::sip {
namespace {

/// What an exchange says of one extension fits by far.
constexpr std::size_t document_bytes_max = 32768, dialogs_max = 64, id_bytes_max = 256;

constexpr std::string_view blanks = " \t\r\n";

/// The tags of a document one after the other, and the text behind each. No entity is resolved: none is in what we look for.
struct tag_reader {
  std::string_view rest;
  std::string_view tag, text;
  bool closes = false;

  bool next() {
    for (;;) {
      const auto open = rest.find('<');
      if (open == std::string_view::npos) return false;
      rest.remove_prefix(open + 1);
      if (rest.starts_with("!--")) {
        const auto end = rest.find("-->");
        if (end == std::string_view::npos) return false;
        rest.remove_prefix(end + 3);
        continue;
      }
      const auto end = rest.find('>');
      if (end == std::string_view::npos) return false;
      tag = rest.substr(0, end);
      rest.remove_prefix(end + 1);
      if (tag.empty() || tag[0] == '?' || tag[0] == '!') continue;
      closes = tag[0] == '/';
      if (closes) tag.remove_prefix(1);
      text = rest.substr(0, std::min(rest.find('<'), rest.size()));
      return true;
    }
  }
  /// Without its prefix.
  std::string_view name() const {
    auto out = tag.substr(0, std::min(tag.find_first_of(" \t\r\n/"), tag.size()));
    if (const auto colon = out.find(':'); colon != std::string_view::npos) out.remove_prefix(colon + 1);
    return out;
  }
  bool is_empty() const { return tag.ends_with('/'); }
  std::string_view attribute(std::string_view wanted) const {
    for (std::size_t at = tag.find(wanted); at != std::string_view::npos; at = tag.find(wanted, at + 1)) {
      if (at == 0 || blanks.find(tag[at - 1]) == std::string_view::npos) continue;
      auto value = tag.substr(at + wanted.size());
      value.remove_prefix(std::min(value.find_first_not_of(blanks), value.size()));
      if (!value.starts_with('=')) continue;
      value.remove_prefix(1);
      value.remove_prefix(std::min(value.find_first_not_of(blanks), value.size()));
      if (value.empty() || (value[0] != '"' && value[0] != '\'')) continue;
      const auto end = value.find(value[0], 1);
      return end == std::string_view::npos ? std::string_view() : value.substr(1, end - 1);
    }
    return {};
  }
};

std::string_view trimmed(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
  return text.substr(0, text.find_last_not_of(blanks) + 1);
}

/// What a dialog's state means for whoever wants to call; nothing: it is over.
std::optional<presence_state> meaning(std::string_view state) {
  if (state == "confirmed") return presence_state::busy;
  if (state == "trying" || state == "proceeding" || state == "early") return presence_state::ringing;
  return std::nullopt;
}

}  // namespace

std::string write_dialog_info(std::string_view entity, std::uint32_t version, const std::vector<phone_dialog>& dialogs) {
  std::string out = fmt::format(
      "<?xml version=\"1.0\"?>\r\n<dialog-info xmlns=\"urn:ietf:params:xml:ns:dialog-info\" version=\"{}\" state=\"full\" "
      "entity=\"{}\">\r\n",
      version, entity);
  for (const auto& one : dialogs)
    out += fmt::format("<dialog id=\"{:x}\" direction=\"{}\"><state>{}</state></dialog>\r\n", one.id,
                       one.called ? "recipient" : "initiator",
                       one.up       ? "confirmed"
                       : one.called ? "early"
                                    : "trying");
  return out + "</dialog-info>\r\n";
}

bool watched_state::take(std::string_view document) {
  if (document.size() > document_bytes_max) return false;
  tag_reader in{document, {}, {}, false};
  if (!in.next() || in.closes || in.name() != "dialog-info") return false;
  const auto number = in.attribute("version");
  std::uint32_t version = 0;
  if (std::from_chars(number.data(), number.data() + number.size(), version).ec != std::errc{}) return false;
  const bool full = in.attribute("state") != "partial";
  // RFC 4235 4.3: what is older than what we have says nothing; of a part whose beginning we missed nobody knows the rest.
  if (known_ && version <= version_) return false;
  if (!full && (!known_ || version != version_ + 1)) return false;
  std::map<std::string, presence_state> now = full ? std::map<std::string, presence_state>() : dialogs_;
  std::string id;
  bool within = false;
  while (in.next()) {
    if (in.name() == "dialog") {
      within = !in.closes && !in.is_empty();
      id = std::string(in.attribute("id").substr(0, id_bytes_max));
    } else if (within && !in.closes && in.name() == "state") {
      const auto means = meaning(trimmed(in.text));
      if (!means)
        now.erase(id);
      else if (now.size() < dialogs_max || now.contains(id))
        now[id] = *means;
    }
  }
  known_ = true;
  version_ = version;
  dialogs_ = std::move(now);
  return true;
}

presence_state watched_state::now() const {
  if (!known_) return presence_state::unknown;
  presence_state out = presence_state::idle;
  for (const auto& [id, state] : dialogs_) out = std::max(out, state);
  return out;
}

}  // namespace cordboard::sip
