// SPDX-License-Identifier: Apache-2.0
// A program that is told of events: each is posted as a CloudEvent (1.0, structured), signed (Standard Webhooks), one after the other. The
// next one goes when this one was taken, so the order is the log's; how far it is stands in a file, so a restart goes on there, and whoever
// gets an event twice knows it by its id, the sequence.
#pragma once
#include <atomic>
#include <cordboard/log_reader.hpp>
#include <functional>
#include <outbox/settings.hpp>

namespace cordboard::outbox {

/// The body of an event.
std::string cloud_event(const event& e, std::string_view text, const std::string& source);
/// "v1,BASE64": HMAC-SHA256 of "ID.TIMESTAMP.BODY".
std::string signature(const std::string& secret, std::string_view id, std::int64_t timestamp, std::string_view body);
/// What the hook is told: the kinds that it names, else those of calls and requests.
bool wants(const hook_config& hook, event_kind kind);
/// The text of an event as the hook may see it.
std::string text_for(const hook_config& hook, const event& e, std::string_view text);

/// Follows the log until `stop`. A hook that is new begins with what happens from now on.
void run_hook(const settings& how, const hook_config& hook, const std::atomic<bool>& stop,
              const std::function<void(const std::string&)>& tell, const std::function<void()>& at_end = {});

}  // namespace cordboard::outbox
