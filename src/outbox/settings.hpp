// SPDX-License-Identifier: Apache-2.0
// outbox.toml: who is told what of requests, by which way, and which programs are told of events.
#pragma once
#include <chrono>
#include <cordboard/config_file.hpp>
#include <cordboard/event.hpp>
#include <optional>
#include <string>
#include <vector>

namespace cordboard::outbox {

/// Nothing is sent without the texts that it is about.
inline constexpr std::string_view texts_are_sealed =
    "the log's texts are sealed, and this user may not read the key, [log] text_key_file";

/// What a message is sent by itself for.
enum class occasion : std::uint8_t {
  none,  ///< send_message alone
  opened,
  appointment,  ///< a time was agreed, or another one
  reminder,
  excused,  ///< the handler cannot be there
  no_show,
  overdue,
  escalated,
  closed,
};

struct template_config {
  std::string name;
  message_way way = message_way::sms;
  occasion on = occasion::none;
  std::string kind;  ///< of requests, with `on`; empty: all
  std::string to = "{number}";
  std::string subject;  ///< of a mail
  std::string text;
};

/// A gateway for short messages, by HTTP.
struct sms_config {
  std::string url;
  std::string body = R"({"to":"{to}","text":"{text}","id":"{id}"})";  ///< with {secret}, too; as JSON or as a form
  std::string content_type = "application/json";
  std::vector<std::string> headers;  ///< "Authorization: Bearer {secret}"
  std::string secret;
  std::string id_field = "id";  ///< of the answer: what the gateway calls the message
  std::string status_url;       ///< {id}: what that was; empty: it does not say what became of a message
  std::string delivered = "delivered", failed = "failed";    ///< what stands in the answer then
  std::chrono::nanoseconds poll = std::chrono::seconds(30);  ///< how often it is asked
};

struct mail_config {
  std::string server;  ///< smtp://host:port, smtps://host:port
  std::string from;
  std::string user, password;
};

/// A program that is told of events, one after the other.
struct hook_config {
  std::string name;
  std::string url;
  std::string secret;               ///< signs what is sent; empty: nothing is signed
  std::vector<std::string> events;  ///< names; empty: those of calls and requests
  std::string texts;                ///< none, masked, whole
};

struct settings {
  std::string run = "/run/cordboard";
  std::string state;  ///< folder: how far each hook is
  std::string time_zone = "Asia/Shanghai";
  std::string source = "cordboard";                                ///< of what hooks are told
  std::chrono::nanoseconds timeout = std::chrono::seconds(15);     ///< of one try
  std::chrono::nanoseconds first_pause = std::chrono::seconds(1);  ///< after the first try that failed; then twice as long
  std::chrono::nanoseconds longest_pause = std::chrono::minutes(5);
  std::chrono::nanoseconds give_up = std::chrono::hours(24);   ///< no more tries
  std::chrono::nanoseconds catch_up = std::chrono::hours(24);  ///< what is older causes no message by itself
  std::string file;  ///< messages are written here, a line each, when there is no gateway or server for their way
  std::optional<sms_config> sms;
  std::optional<mail_config> mail;
  std::vector<template_config> templates;
  std::vector<hook_config> hooks;
};

struct loaded_settings {
  settings value;                        ///< to be used only when there are no problems
  std::vector<config_problem> problems;  ///< by line
};

/// @errors  none: problems are the result
loaded_settings load_settings(const std::string& path);

/// The kind of event of this name; nothing: there is none.
std::optional<event_kind> kind_named(std::string_view text);

}  // namespace cordboard::outbox
