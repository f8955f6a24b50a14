// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <base/event_json.hpp>
#include <base/json.hpp>
#include <base/masked.hpp>
#include <base/utf8.hpp>
#include <ctime>
#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/hmac.h>
#include <outbox/hooks.hpp>
#include <outbox/messages.hpp>
#include <outbox/transfer.hpp>
#include <outbox/words.hpp>
#include <unistd.h>

namespace cordboard::outbox {
namespace {

constexpr std::int64_t second_ns = 1'000'000'000;

std::string instant(std::int64_t ns) {
  const auto seconds = static_cast<std::time_t>(ns / second_ns);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:09}Z", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                     parts.tm_hour, parts.tm_min, parts.tm_sec, ns % second_ns);
}

/// How far a hook is: a file with a number, written anew under another name each time.
class place_file {
public:
  explicit place_file(std::string path) : path_(std::move(path)) {}
  std::optional<std::uint64_t> read() const {
    std::optional<std::uint64_t> out;
    if (std::FILE* file = std::fopen(path_.c_str(), "re")) {
      unsigned long long at = 0;
      if (std::fscanf(file, "%llu", &at) == 1) out = at;
      std::fclose(file);
    }
    return out;
  }
  bool write(std::uint64_t at) const {
    const std::string fresh = path_ + ".new", text = std::to_string(at) + '\n';
    const int file = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0) return false;
    const bool whole = ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    return ::close(file) == 0 && whole && std::rename(fresh.c_str(), path_.c_str()) == 0;
  }

private:
  const std::string path_;
};

/// One event, until it was taken or given up. False: stopped before.
bool deliver(transfer& way, const settings& how, const hook_config& hook, const event& e, const std::string& body,
             const std::atomic<bool>& stop, const std::function<void(const std::string&)>& tell) {
  const std::string id = std::to_string(e.sequence);
  const std::int64_t began = now_ns();
  std::chrono::nanoseconds wait = how.first_pause;
  bool told = false;
  while (!stop) {
    const std::int64_t timestamp = now_ns() / second_ns;
    std::vector<std::string> headers{"webhook-id: " + id, fmt::format("webhook-timestamp: {}", timestamp)};
    if (!hook.secret.empty()) headers.push_back("webhook-signature: " + signature(hook.secret, id, timestamp, body));
    const answer heard = way.post(hook.url, "application/cloudevents+json; charset=utf-8", headers, body);
    if (heard.good()) {
      if (told) tell(fmt::format("hook {}: event {} was taken", hook.name, id));
      return true;
    }
    const std::string why = heard.status != 0 ? std::to_string(heard.status) : heard.said;
    if (now_ns() - began > how.give_up.count()) {
      tell(fmt::format("hook {}: event {} is given up ({})", hook.name, id, why));
      return true;
    }
    if (!told) tell(fmt::format("hook {}: event {} was not taken ({}); trying again", hook.name, id, why));
    told = true;
    pause(wait, stop);
    wait = std::min(wait * 2, how.longest_pause);
  }
  return false;
}

}  // namespace

std::string signature(const std::string& secret, std::string_view id, std::int64_t timestamp, std::string_view body) {
  const std::string all = fmt::format("{}.{}.{}", id, timestamp, body);
  unsigned char hash[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), reinterpret_cast<const unsigned char*>(all.data()),
       all.size(), hash, &size);
  return "v1," + base64({reinterpret_cast<const char*>(hash), size});
}

std::string cloud_event(const event& e, std::string_view text, const std::string& source) {
  json_object o;
  o.text("specversion", "1.0");
  o.text("id", std::to_string(e.sequence));
  o.text("source", source);
  o.text("type", fmt::format("cordboard.{}", name(e.kind)));
  o.text("time", instant(e.time_ns));
  if (e.request)
    o.text("subject", fmt::format("request/{}", e.request.value));
  else if (e.call)
    o.text("subject", fmt::format("call/{}", e.call.value));
  o.text("datacontenttype", "application/json");
  o.raw("data", event_json(e, text));
  return std::move(o).end();
}

bool wants(const hook_config& hook, event_kind kind) {
  constexpr std::uint16_t calls_first = 96, calls_end = 192, requests_first = 243, requests_end = 280;
  const auto number = static_cast<std::uint16_t>(kind);
  if (hook.events.empty())
    return kind == event_kind::gap || (number >= calls_first && number < calls_end) ||
           (number >= requests_first && number < requests_end);
  return kind == event_kind::gap || std::find(hook.events.begin(), hook.events.end(), name(kind)) != hook.events.end();
}

std::string text_for(const hook_config& hook, const event& e, std::string_view text) {
  if (hook.texts == "none" || !is_utf8(text) || e.kind == event_kind::dialog_saved) return {};
  return hook.texts == "whole" ? std::string(text) : masked_text(e, text);
}

void run_hook(const settings& how, const hook_config& hook, const std::atomic<bool>& stop,
              const std::function<void(const std::string&)>& tell, const std::function<void()>& at_end) {
  const place_file place(how.state + "/hook-" + hook.name + ".place");
  transfer way(how.timeout);
  std::string said;
  while (!stop) {
    std::string why;
    auto from = log_reader::open(how.run, {.copy_archive = true});
    if (!from) why = fmt::format("{}: {}", how.run, from.error().message());
    const auto newest = from ? from->newest() : result<std::uint64_t>(0);
    std::optional<std::uint64_t> at = place.read();
    if (from && newest && !at && place.write(*newest)) at = *newest;
    if (from && (!newest || !at))
      why = fmt::format("{}: {}", how.state, newest ? "the hook's place cannot be written" : newest.error().message());
    bool follows = why.empty();
    if (follows && !from->after(*at)) {
      // Retention went past it: what is gone is said by its place.
      const auto oldest = from->oldest();
      if (oldest && from->after(*oldest - 1))
        tell(fmt::format("hook {}: events from {} up to {} are kept no more", hook.name, *at + 1, *oldest));
      else
        follows = false, why = "the log cannot be read";
    }
    bool told = false;
    while (follows && !stop) {
      const auto events = from->next();
      if (!events) {
        why = fmt::format("{}: {}", how.run, events.error().message());
        break;
      }
      if (events->empty()) {
        if (!told && at_end) at_end();
        told = true;
        said.clear();
        from->wait(std::chrono::milliseconds(200));
        continue;
      }
      bool refused = false;
      for (const event& e : *events) {
        if (stop) return;
        if (!wants(hook, e.kind)) continue;
        std::string text;
        if (e.text_len != 0 && hook.texts != "none") {
          const auto found = from->text(e);
          if (found) text = text_for(hook, e, *found);
          refused = !found && found.error() == errc::access_refused;
        }
        if (refused) break;
        if (!deliver(way, how, hook, e, cloud_event(e, text, how.source), stop, tell)) return;
        if (!place.write(e.sequence)) tell(fmt::format("hook {}: {} cannot be written", hook.name, how.state));
      }
      if (refused) {
        why = texts_are_sealed;
        break;
      }
      place.write(events->back().sequence);
    }
    if (stop) return;
    if (said != why) tell(fmt::format("{}; trying again", why));
    said = why;
    pause(how.first_pause, stop);
  }
}

}  // namespace cordboard::outbox
