// SPDX-License-Identifier: Apache-2.0
#include <base/json.hpp>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <outbox/carrier.hpp>
#include <outbox/transfer.hpp>
#include <unistd.h>

namespace cordboard::outbox {
namespace {

/// What the answer of an HTTP server, or of one of SMTP, says of trying again.
outcome read_answer(const answer& heard, bool mail) {
  using how = outcome::how;
  if (heard.good()) return {how::taken, {}};
  // Too many, too slow, or busy: later. All else that is the message's own fault stays so.
  const bool own_fault = mail ? heard.status >= 500
                              : heard.status >= 400 && heard.status < 500 && heard.status != 408 && heard.status != 409 &&
                                    heard.status != 425 && heard.status != 429;
  const std::string said = heard.status != 0 ? std::to_string(heard.status) : heard.said;
  return {own_fault ? how::refused : how::again, said};
}

class sms_gateway : public carrier {
public:
  sms_gateway(sms_config how, std::chrono::nanoseconds timeout) : how_(std::move(how)), way_(timeout) {}

  outcome send(const letter& one) override {
    if (!is_telephone_number(one.to)) return {outcome::how::refused, "no telephone number"};
    fields with;
    with.set("to", one.to), with.set("text", one.text), with.set("id", one.id), with.set("secret", how_.secret);
    std::vector<std::string> headers{"Idempotency-Key: " + one.id};
    for (const std::string& line : how_.headers) headers.push_back(filled(line, with));
    const bool json = how_.content_type == "application/json";
    const answer heard =
        way_.post(how_.url, how_.content_type, headers, filled(how_.body, with, json ? escape::json : escape::form));
    outcome out = read_answer(heard, false);
    if (out.what == outcome::how::taken) out.said = field_of_answer(heard.said, how_.id_field);
    return out;
  }
  outcome ask(const std::string& called) override {
    fields with;
    with.set("id", called);
    const answer heard = way_.get(filled(how_.status_url, with, escape::form));
    if (!heard.good()) return {};
    if (heard.said.find(how_.delivered) != std::string::npos) return {outcome::how::delivered, {}};
    if (heard.said.find(how_.failed) != std::string::npos) return {outcome::how::undelivered, how_.failed};
    return {};
  }
  std::chrono::nanoseconds asks_every() const override {
    return how_.status_url.empty() ? std::chrono::nanoseconds(0) : how_.poll;
  }

private:
  const sms_config how_;
  transfer way_;
};

class mail_server : public carrier {
public:
  mail_server(mail_config how, std::chrono::nanoseconds timeout) : how_(std::move(how)), way_(timeout) {}
  outcome send(const letter& one) override {
    if (!is_mail_address(one.to)) return {outcome::how::refused, "no mail address"};
    letter whole = one;
    whole.from = how_.from;
    whole.id = one.id + how_.from.substr(how_.from.find('@'));
    return read_answer(way_.mail(how_.server, how_.user, how_.password, how_.from, one.to, as_mail(whole)), true);
  }
  outcome ask(const std::string&) override { return {}; }
  std::chrono::nanoseconds asks_every() const override { return std::chrono::nanoseconds(0); }

private:
  const mail_config how_;
  transfer way_;
};

/// A line for each message: for tests, and for a house whose other programs send.
class file_sink : public carrier {
public:
  file_sink(message_way way, std::string path) : way_(way), path_(std::move(path)) {}
  outcome send(const letter& one) override {
    json_object o;
    o.text("id", one.id);
    o.text("way", name(way_));
    o.text("to", one.to);
    o.words("subject", one.subject);
    o.text("text", one.text);
    const std::string line = std::move(o).end() + '\n';
    const int file = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (file < 0) return {outcome::how::again, std::strerror(errno)};
    const bool whole = ::write(file, line.data(), line.size()) == static_cast<ssize_t>(line.size());
    const std::string why = whole ? "" : std::strerror(errno);
    ::close(file);
    return {whole ? outcome::how::taken : outcome::how::again, why};
  }
  outcome ask(const std::string&) override { return {}; }
  std::chrono::nanoseconds asks_every() const override { return std::chrono::nanoseconds(0); }

private:
  const message_way way_;
  const std::string path_;
};

}  // namespace

std::unique_ptr<carrier> carrier_for(message_way way, const settings& by) {
  if (way == message_way::sms && by.sms) return std::make_unique<sms_gateway>(*by.sms, by.timeout);
  if (way == message_way::mail && by.mail) return std::make_unique<mail_server>(*by.mail, by.timeout);
  if (!by.file.empty()) return std::make_unique<file_sink>(way, by.file);
  return nullptr;
}

}  // namespace cordboard::outbox
