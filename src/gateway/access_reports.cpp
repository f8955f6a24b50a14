// SPDX-License-Identifier: Apache-2.0
#include <gateway/access_reports.hpp>

#include <base/utf8.hpp>

namespace cordboard::gateway {
namespace {

constexpr std::size_t told_apart_max = 64, about_max = 128;

/// Plain text of a bounded length: what a stranger wrote goes no further as it is.
std::string plain(std::string_view text) {
  std::string out;
  while (!text.empty() && out.size() < about_max) {
    const auto bytes = utf8_character(text);
    const auto one = text.substr(0, std::max<std::size_t>(bytes, 1));
    out += bytes != 0 && is_plain_text(one) ? one : "?";
    text.remove_prefix(one.size());
  }
  return out;
}

}  // namespace

void access_reports::add(access_report what, const std::string& address, actor_id who, std::string_view about) {
  if (closed_) return;
  const std::tuple key(what, address, who);
  if (counts_.size() >= told_apart_max && !counts_.contains(key)) {
    ++beyond_;
  } else {
    count& one = counts_[key];
    if (one.times++ == 0) one.about = plain(about);
  }
  if (!running_) flush();
}

/// The first at once, then what has come within a second.
void access_reports::flush() {
  for (const auto& [key, one] : counts_) {
    const auto& [what, address, who] = key;
    send_(what, who, address + ' ' + one.about, one.times);
  }
  if (beyond_ != 0) send_(access_report::limited, {}, "* more addresses than are told apart", beyond_);
  running_ = !counts_.empty() || beyond_ != 0;
  counts_.clear();
  beyond_ = 0;
  if (!running_) return;
  timer_.expires_after(std::chrono::seconds(1));
  timer_.async_wait([this](boost::system::error_code cancelled) {
    if (!cancelled) flush();
  });
}

void access_reports::close() {
  closed_ = true;
  timer_.cancel();
}

}  // namespace cordboard::gateway
