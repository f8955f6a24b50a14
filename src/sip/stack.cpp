// SPDX-License-Identifier: Apache-2.0
#include <sip/stack.hpp>
#include <sip/call_leg.hpp>
#include <sip/headers.hpp>
#include <sip/loop_native.hpp>
#include <sip/stack_core.hpp>
#include <sip/tls_files.hpp>
#include <base/utf8.hpp>
#include <fmt/format.h>
#include <arpa/inet.h>
#include <charconv>
#include <stdexcept>
#include <system_error>

namespace cordboard::sip {
namespace {

bool is_one_address(const std::string& ip) {
  unsigned char bytes[16];
  const bool v4 = inet_pton(AF_INET, ip.c_str(), bytes) == 1;
  const bool v6 = !v4 && inet_pton(AF_INET6, ip.c_str(), bytes) == 1;
  return (v4 && ip != "0.0.0.0") || (v6 && ip != "::");
}

/// The port of the transport bound last with this protocol.
std::uint16_t bound_port(nta_agent_t* agent, std::string_view protocol) {
  std::uint16_t port = 0;
  for (tport_t* each = tport_primaries(nta_agent_tports(agent)); each != nullptr; each = tport_next(each)) {
    const auto* const name = tport_name(each);
    const std::string_view text = name->tpn_port != nullptr ? name->tpn_port : "";
    if (name->tpn_proto == protocol) std::from_chars(text.data(), text.data() + text.size(), port);
  }
  return port;
}

}  // namespace

int answer(nta_incoming_t* request, int status, const char* phrase, tags with) {
  reply(request, status, phrase, std::move(with));
  nta_incoming_destroy(request);
  return 0;
}

stack_core::stack_core(loop& loop, const sip_config& c, device_table table, sink& s)
    : on(loop),
      config(c),
      to(s),
      devices(std::move(table)),
      digest(c.realm),
      gate(c),
      phones(loop, c, [this](const registrar::change& change) { tell_binding(change); }),
      watching(*this),
      filter_due_(loop, [this] { filter_banned(); }),
      strangers_due_(loop, [this] { hang_up_on_strangers(); }),
      acks_due_(loop, [this] { drop_acks(); }),
      self_(std::make_shared<stack_core*>(this)) {
  if (!is_one_address(config.address))
    throw std::invalid_argument(fmt::format("SIP address \"{}\" is not one IP address of this machine", config.address));
  if (!is_plain_text(config.realm) || config.realm.find_first_of("\"\\") != std::string::npos)
    throw std::invalid_argument("the digest realm may not hold quotes, backslashes or control characters");
  // Fence 3: with no transport at all the first request sent would run into an assert.
  if (!config.udp && !config.tcp) throw std::invalid_argument("neither UDP nor TCP is on: SIP has no transport");
  open();
  if (config.tcp || config.tls) strangers_due_.after(config.connection_idle);
  if (config.udp) dropped_.find_socket(config.address, port(transport::udp));
  open_lines();
}

stack_core::~stack_core() {
  *self_ = nullptr;
  // Before the agent, whose transports they hold.
  legs.clear();
  buried.clear();
  lines.clear();
}

void stack_core::open() {
  const auto fail = [this](int error, std::uint16_t at, const char* name) {
    throw std::system_error(error, std::generic_category(),
                            fmt::format("SIP cannot use {} over {}", as_hostport({config.address, at}), name));
  };
  // With port 0 the kernel chooses for UDP, and TCP follows, since peers expect one port for both; it may be taken there.
  for (int tries = config.port == 0 ? 8 : 1;; --tries) {
    agent = create_agent(on.get_native().root, *this, config.resolver.empty() ? nullptr : config.resolver.c_str());
    if (agent == nullptr) throw std::bad_alloc();
    ports[0] = ports[1] = ports[2] = 0;
    if (config.udp)
      if (const int error = bind_transport(transport::udp, config.port); error != 0) fail(error, config.port, "udp");
    const int error = config.tcp ? bind_transport(transport::tcp, config.port != 0 ? config.port : port(transport::udp)) : 0;
    if (error == 0) break;
    if (tries <= 1) fail(error, config.port, "tcp");
  }
  if (!config.tls) return;
  const tls_files files(config);
  if (const int error = bind_transport(transport::tls, config.tls_port, files.folder().c_str()); error != 0)
    fail(error, config.tls_port, "tls");
}

int stack_core::bind_transport(transport which, std::uint16_t at, const char* tls_folder) {
  const int error = add_transport(agent.get(), config, at, name_of(which), tls_folder);
  ports[static_cast<std::size_t>(which)] = error == 0 ? bound_port(agent.get(), name_of(which)) : 0;
  return error != 0 || port(which) != 0 ? error : EADDRNOTAVAIL;
}

std::string stack_core::contact(transport over, std::string_view user, bool sips) const {
  auto which = over;
  if (port(which) == 0) which = port(transport::udp) != 0 ? transport::udp : transport::tcp;
  const auto at = as_hostport({config.address, port(which)});
  if (sips && which == transport::tls) return fmt::format("<sips:{}@{}>", user, at);
  return which == transport::udp ? fmt::format("<sip:{}@{}>", user, at)
                                 : fmt::format("<sip:{}@{};transport={}>", user, at, name_of(which));
}

std::string stack_core::house_uri(std::string_view user) const {
  const auto which = config.udp ? transport::udp : transport::tcp;
  return fmt::format("sip:{}@{}", as_user(user), as_hostport({config.address, port(which)}));
}

trunk* stack_core::line(device_id id) const {
  const auto found = lines.find(id);
  return found == lines.end() ? nullptr : found->second.get();
}

void stack_core::open_lines() {
  lines.clear();
  devices.for_each([this](const device& each) {
    if (each.kind == device_kind::trunk) lines[each.id] = std::make_unique<trunk>(*this, each);
  });
}

void stack_core::tell(std::function<void(sink&)> what) {
  told_.push_back(std::move(what));
  if (flushing_) return;
  flushing_ = true;
  on.post([self = self_] {
    if (*self != nullptr) (*self)->flush();
  });
}

void stack_core::flush() {
  flushing_ = false;
  buried.clear();
  const auto self = self_;
  auto now = std::exchange(told_, {});
  for (const auto& each : now) {
    each(to);
    // The sink may have destroyed the stack.
    if (*self == nullptr) return;
  }
  to.keep_dialogs();
}

void stack_core::answer_behind(incoming_ptr request, int status, const char* phrase) {
  // A function that can be copied holds it.
  tell([request = std::make_shared<incoming_ptr>(std::move(request)), status, phrase](sink&) {
    reply(request->get(), status, phrase);
  });
}

void stack_core::tell_binding(const registrar::change& change) {
  tell([change](sink& s) {
    s.on_binding_changed(change.phone, change.saved);
    const auto until = s.now() + std::chrono::nanoseconds(change.left).count();
    if (change.why != cause::none)
      s.on_fact(fact::registered{change.phone, change.in_service ? until : s.now(), change.in_service, change.why});
  });
}

call_leg* stack_core::find(leg_id id) const {
  const auto found = legs.find(id.value);
  return found == legs.end() ? nullptr : found->second.get();
}

call_leg& stack_core::add(std::unique_ptr<call_leg> leg) {
  auto& at = legs[leg->id().value];
  at = std::move(leg);
  return *at;
}

void stack_core::keep_acks(leg_id id) {
  if (acked_.empty()) acks_due_.after(call_leg::acks_kept);
  acked_.push_back(id);
}

void stack_core::drop_acks() {
  const auto now = std::chrono::steady_clock::now();
  while (!acked_.empty()) {
    // Calls that are over have none; whoever acknowledged again since then stands behind, too.
    auto* const leg = find(acked_.front());
    if (leg != nullptr && !leg->drop_acks(now)) break;
    acked_.pop_front();
  }
  if (!acked_.empty()) acks_due_.after(std::chrono::seconds(1));
}

void stack_core::bury(leg_id id) {
  const auto found = legs.find(id.value);
  if (found == legs.end()) return;
  found->second->forget_caller();
  buried.push_back(std::move(found->second));
  legs.erase(found);
  tell([](sink&) {});
}

stack::stack(loop& on, const sip_config& config, const std::vector<device_config>& devices, const std::vector<device_id>& ids,
             sink& to)
    : core_(std::make_unique<stack_core>(on, config, device_table(devices, ids), to)) {}
stack::~stack() = default;

std::uint16_t stack::port(transport which) const { return core_->port(which); }

void stack::configure(const std::vector<device_config>& devices, const std::vector<device_id>& ids) {
  core_->devices = device_table(devices, ids);
  core_->open_lines();
  core_->phones.keep_only([this](device_id id) {
    const auto* const device = core_->devices.find(id);
    return device != nullptr && device->kind == device_kind::phone;
  });
  core_->watching.keep_allowed();
}

bool stack::is_watched(device_id id) const { return core_->watching.has(id); }
void stack::tell_watchers(device_id id) { core_->watching.changed(id); }

void stack::ring(invite what) { call_leg::ring(*core_, std::move(what)); }

void stack::alert(leg_id id) {
  if (auto* const leg = core_->find(id)) leg->alert();
}
void stack::answer(leg_id id, const std::string& description) {
  if (auto* const leg = core_->find(id)) leg->answer(description);
}
void stack::answer_reoffer(leg_id id, const std::string& description) {
  if (auto* const leg = core_->find(id)) leg->answer_reoffer(description);
}
void stack::refuse_reoffer(leg_id id, std::uint16_t status) {
  if (auto* const leg = core_->find(id)) leg->refuse_reoffer(status);
}
void stack::answer_refer(leg_id id, std::uint16_t status) {
  if (auto* const leg = core_->find(id)) leg->answer_refer(status);
}
void stack::tell_refer(leg_id id, std::uint16_t status) {
  if (auto* const leg = core_->find(id)) leg->tell_refer(status);
}
void stack::reoffer(leg_id id, const std::string& description, bool patient) {
  if (auto* const leg = core_->find(id))
    leg->reoffer(description, patient);
  else
    core_->tell([id](sink& to) { to.on_reoffer_answered(id, 481, {}); });
}
bool stack::is_ipv6(device_id id) const {
  if (auto* const line = core_->line(id)) {
    const auto next = line->next(0);
    return next != trunk::none && line->at(next).host().starts_with('[');
  }
  const auto* const at = core_->phones.find(id);
  if (at == nullptr) return false;
  const auto& hop = !at->path.empty() ? at->path : !at->route.empty() ? at->route : at->contact;
  return hop.find('[') != std::string::npos;
}
void stack::refresh(leg_id id, const std::string& description) {
  if (auto* const leg = core_->find(id)) leg->refresh(description);
}
void stack::release(leg_id id, std::uint16_t status, cause why) {
  if (auto* const leg = core_->find(id); leg != nullptr && !leg->is_over())
    leg->release(status, why);
  else
    core_->tell_fact(fact::released{id, status});
}

bool stack::restore(leg_id id, std::string_view saved, const std::string& offer) {
  return call_leg::restore(*core_, id, saved, offer);
}
bool stack::is_unanswered(std::string_view saved) { return call_leg::is_in(saved, "incoming"); }
bool stack::is_calling(std::string_view saved) { return call_leg::is_in(saved, "calling"); }
bool stack::restore_binding(device_id phone, std::string_view saved) {
  if (auto* const line = core_->line(phone)) return line->restore(saved);
  const auto* const device = core_->devices.find(phone);
  return device != nullptr && device->kind == device_kind::phone && core_->phones.restore(phone, saved);
}

bool stack::registers(device_id id) const {
  const auto* const line = core_->line(id);
  return line != nullptr && line->line().trunk.registers;
}

void stack::leave(std::function<void()> done) {
  const auto waiting = std::make_shared<std::size_t>(1);
  const auto one_less = [waiting, done = std::move(done)] {
    if (--*waiting == 0) done();
  };
  for (const auto& [id, line] : core_->lines) {
    ++*waiting;
    if (!line->leave(one_less)) --*waiting;
  }
  one_less();
}

}  // namespace cordboard::sip
