// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <curl/curl.h>
#include <new>
#include <outbox/transfer.hpp>

namespace cordboard::outbox {
namespace {

constexpr std::size_t answer_max = std::size_t{64} << 10;

struct lists {
  curl_slist* first = nullptr;
  lists() = default;
  lists(const lists&) = delete;
  lists& operator=(const lists&) = delete;
  ~lists() { curl_slist_free_all(first); }
  void add(const std::string& line) { first = curl_slist_append(first, line.c_str()); }
};

struct outgoing {
  const std::string& all;
  std::size_t at = 0;
};

std::size_t take(char* from, std::size_t, std::size_t size, void* to) {
  auto& text = *static_cast<std::string*>(to);
  // What is longer is of no use to us; the rest is read, so that the connection can be kept.
  text.append(from, std::min(size, answer_max - std::min(answer_max, text.size())));
  return size;
}

std::size_t give(char* to, std::size_t size, std::size_t count, void* from) {
  auto& what = *static_cast<outgoing*>(from);
  const std::size_t bytes = std::min(size * count, what.all.size() - what.at);
  std::copy_n(what.all.data() + what.at, bytes, to);
  what.at += bytes;
  return bytes;
}

}  // namespace

struct transfer::handle {
  CURL* curl = nullptr;
  std::string said;
  char error[CURL_ERROR_SIZE] = {};
};

void transfer::release::operator()(handle* one) const {
  curl_easy_cleanup(one->curl);
  delete one;
}

transfer::transfer(std::chrono::nanoseconds timeout) : timeout_(timeout) {
  static const bool ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  handle_.reset(new handle);
  handle_->curl = ready ? curl_easy_init() : nullptr;
  if (handle_->curl == nullptr) throw std::bad_alloc();
}

void transfer::begin(const std::string& url, const char* protocols) {
  CURL* const curl = handle_->curl;
  curl_easy_reset(curl);  // connections stay
  handle_->said.clear();
  handle_->error[0] = 0;
  const auto limit = static_cast<long>(std::chrono::ceil<std::chrono::milliseconds>(timeout_).count());
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, protocols);
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, limit);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, limit);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, handle_->error);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &handle_->said);
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "cordboard");
}

answer transfer::finish() {
  CURL* const curl = handle_->curl;
  const CURLcode how = curl_easy_perform(curl);
  answer out;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &out.status);
  if (how == CURLE_OK) {
    out.said = handle_->said;
    return out;
  }
  out.said = handle_->error[0] != 0 ? handle_->error : curl_easy_strerror(how);
  // A server that broke off half way has said nothing; one of SMTP that refuses says so in its code.
  if (out.status < 400) out.status = 0;
  return out;
}

answer transfer::post(const std::string& url, const std::string& content_type, const std::vector<std::string>& headers,
                      const std::string& body) {
  begin(url, "http,https");
  lists head;
  head.add("Content-Type: " + content_type);
  head.add("Expect:");
  for (const std::string& one : headers) head.add(one);
  curl_easy_setopt(handle_->curl, CURLOPT_HTTPHEADER, head.first);
  curl_easy_setopt(handle_->curl, CURLOPT_POST, 1L);
  curl_easy_setopt(handle_->curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  curl_easy_setopt(handle_->curl, CURLOPT_POSTFIELDS, body.c_str());
  return finish();
}

answer transfer::get(const std::string& url) {
  begin(url, "http,https");
  return finish();
}

answer transfer::mail(const std::string& server, const std::string& user, const std::string& password, const std::string& from,
                      const std::string& to, const std::string& message) {
  begin(server, "smtp,smtps");
  CURL* const curl = handle_->curl;
  lists people;
  people.add("<" + to + ">");
  outgoing text{message, 0};
  if (!user.empty()) {
    curl_easy_setopt(curl, CURLOPT_USERNAME, user.c_str());
    curl_easy_setopt(curl, CURLOPT_PASSWORD, password.c_str());
    // A password does not cross a network in clear.
    curl_easy_setopt(curl, CURLOPT_USE_SSL, static_cast<long>(CURLUSESSL_ALL));
  } else {
    curl_easy_setopt(curl, CURLOPT_USE_SSL, static_cast<long>(CURLUSESSL_TRY));
  }
  curl_easy_setopt(curl, CURLOPT_MAIL_FROM, ("<" + from + ">").c_str());
  curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, people.first);
  curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
  curl_easy_setopt(curl, CURLOPT_READFUNCTION, give);
  curl_easy_setopt(curl, CURLOPT_READDATA, &text);
  return finish();
}

}  // namespace cordboard::outbox
