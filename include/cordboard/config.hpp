// SPDX-License-Identifier: Apache-2.0
// What a board is made of: plain structs with defaults, units and limits; no behaviour.
#pragma once
#include <chrono>
#include <cordboard/dialogue.hpp>
#include <cordboard/event.hpp>
#include <cordboard/hours.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cordboard {

/// What a trunk is beyond its addresses and targets: an account with a provider or a PBX, and how its targets are looked after.
struct trunk_config {
  std::string user;                     ///< our account there; empty: none, and no challenge is answered
  std::string domain;                   ///< host of our own address there; empty: that of the first registrar or target
  std::string contact;                  ///< user part that a registration asks calls for; empty: `user`
  bool registers = false;               ///< registers there; out of service while it is not registered
  std::vector<std::string> registrars;  ///< as `targets`, in order; empty: the targets
  std::chrono::seconds expires{600};    ///< asked for with a registration; 1 min to 24 h
  std::chrono::nanoseconds retry = std::chrono::seconds(30);         ///< after a failed registration; doubles to 30 min
  std::chrono::nanoseconds answer_within = std::chrono::seconds(4);  ///< a target's first answer; then the next is tried
  std::chrono::nanoseconds check_every{0};  ///< asks the targets by OPTIONS whether they are there; 0: never
  std::uint32_t check_failures = 2;         ///< unanswered ones before a target is not called any more
  friend bool operator==(const trunk_config&, const trunk_config&) = default;
};

/// Whether the voice between us and a device is sealed (SRTP with keys in the descriptions, RFC 4568).
enum class srtp_policy : std::uint8_t {
  off = 0,       ///< never
  allowed = 1,   ///< where the other end can, and plain where it cannot
  required = 2,  ///< or there is no call
};

/// What a voice may be coded in towards a device. G.711 in two laws, G.722 and Opus.
enum class voice_codec : std::uint8_t { pcma = 0, pcmu = 1, g722 = 2, opus = 3 };

/// A phone or a trunk. `number` is its key: a restart with another configuration compares by it.
struct device_config {
  std::string number;                                 ///< extension, or the trunk's name; 1 to 32 characters, unique
  std::string name;                                   ///< shown to people, UTF-8
  device_kind kind = device_kind::phone;              ///< what it is
  bool department = false;                            ///< stands for a department: `consent` is its policy
  bool supervisor = false;                            ///< may be rung by a queue whose callers wait too long
  bool direct = false;                                ///< its voice may pass the house by, to an end that may too
  srtp_policy srtp = srtp_policy::off;                ///< its voice is sealed; not with `direct`: the house has the keys
  std::vector<voice_codec> codecs{};                  ///< what it may speak, the preferred first; empty: G.711 as it likes
  consent_policy consent = consent_policy::required;  ///< departments: what a transfer to it asks for
  std::chrono::nanoseconds ring = std::chrono::seconds(20);  ///< before a call to it comes back; 1 s to 5 min
  std::string hours;                                         ///< departments: name of an hours_config; empty: always open
  std::string when_closed;  ///< departments: number that callers get instead; empty: they are told that it is closed
  std::string backup{};     ///< departments: number of a phone that stands in: no answer, busy, out of service; empty: none
  std::string service{};    ///< phones: name of a class_config: which outside numbers it reaches; empty: see class_config
  std::string desk{};       ///< phones: number that callers get while its person is in clinic or operating; empty: `backup`
  std::vector<std::string> watches{};  ///< phones: whose state they may watch, "*" all; trunks: extensions that we watch there
  bool reserved = false;               ///< trunks: for the emergency numbers alone
  bool tested = false;                 ///< the house calls it by itself to see whether voice comes back: see health_config
  std::string test_number{};           ///< trunks: what is dialled for that

  std::string password;                ///< digest password, of a trunk: ours there; never traced, never logged
  std::vector<std::string> addresses;  ///< trunks: IP or IP:port that its calls come from
  std::vector<std::string> targets;    ///< trunks: "sip:host:port;transport=udp" that calls go to, the first that is there
  trunk_config trunk;                  ///< trunks
  friend bool operator==(const device_config&, const device_config&) = default;
};

/// A person who answers for the house. `name` is the key.
struct operator_config {
  std::string name;                     ///< UTF-8, unique
  std::string phone;                    ///< number of a phone
  std::chrono::nanoseconds wrap_up{0};  ///< time for the entry after a call; 0: none; at most 1 h
  bool screen = false;                  ///< offered on the screen first; the phone rings on `answer`
  std::string number{};                 ///< said to callers; empty: the phone's
  std::vector<std::string> skills{};    ///< what the operator can do; a language is one
  std::uint32_t weight = 1;             ///< with distribution::weighted: share of the calls; 1 to 100
  std::string backup{};                 ///< name of who stands in when this one is away or does not answer; empty: nobody
  std::string shift{};                  ///< name of an hours_config: when this one works; empty: at no set hours
  std::string service{};                ///< name of a class_config; empty: that of the phone
  bool keep_line = false;  ///< one call to the phone is kept while the operator is logged on: answering needs no signalling
  friend bool operator==(const operator_config&, const operator_config&) = default;
};

/// Callers wait here for operators. `number` is the key and what callers dial.
struct queue_config {
  std::string number;                                              ///< 1 to 32 characters, unique
  std::string name;                                                ///< UTF-8
  std::vector<std::string> operators;                              ///< names
  std::string supervisor;                                          ///< number of a phone; empty: none
  std::chrono::nanoseconds wait_limit = std::chrono::minutes(10);  ///< then the supervisor is rung too; 1 s to 1 h
  std::string music{};                                             ///< sound file for its callers; empty: that of `media`
  queue_class rank = queue_class::outside;  ///< whose callers are served first; an emergency never closes
  std::string hours;                        ///< name of an hours_config; empty: always open
  std::string when_closed;  ///< number of a phone, department, queue or dialogue that later callers get; empty: they are told
  // Names of prompts. A number is said digit by digit; "operator" is the number of who answers.
  std::vector<std::string> welcome{};   ///< said to who enters
  std::vector<std::string> greeting{};  ///< said when an operator answers
  std::vector<std::string> closing{};   ///< said to who stays when the operator has hung up; then the call ends
  bool record = false;                  ///< its calls are recorded, when the notice was said and not declined
  std::vector<std::string> notice{};    ///< says so
  std::string decline_key = "9";        ///< pressed while the notice is said: no recording
  std::string rating;                   ///< number of a dialogue for who stays when the operator has hung up; empty: none
  cordboard::distribution distribution = cordboard::distribution::longest_idle;  ///< which operator is asked
  std::vector<std::string> skills{};                                             ///< an operator needs all of them
  std::chrono::nanoseconds handling_time = std::chrono::minutes(2);  ///< with a caller, until it was measured; 1 s to 1 h
  // Limits. An emergency has none.
  std::uint32_t length_max = 0;             ///< so many may wait; 0: no limit
  std::string when_full{};                  ///< number that more callers get; empty: they are told
  std::chrono::nanoseconds overflow{0};     ///< after so long a caller goes to `when_late`; 0: never; at most 1 h
  std::string when_late{};                  ///< number of a phone or a queue
  std::string when_unstaffed{};             ///< number that new callers get when no operator is logged on; empty: they wait
  std::vector<std::string> position{};      ///< said to who waits: "position" is the place in line, "minutes" the expected wait
  std::chrono::nanoseconds tell_every{0};   ///< how often; 0: never; at least 10 s
  std::vector<std::string> apology{};       ///< said before the greeting to who waited longer than policy.answer_rings
  std::string abandoned{};                  ///< kind of the request that a caller becomes who gives up waiting; empty: none
  std::vector<std::string> fault_notice{};  ///< said before the welcome while a known fault is announced
  friend bool operator==(const queue_config&, const queue_config&) = default;
};

/// Why an operator leaves the position for a while. `number` is the key, and what the command not_ready gives.
struct reason_config {
  std::uint16_t number = 0;           ///< 1 to 999, unique
  std::string name;                   ///< UTF-8
  std::chrono::nanoseconds limit{0};  ///< how long; then an event says so; 0: no limit; at most 12 h
  std::uint32_t times = 0;            ///< how often in a shift, without an approval; 0: no limit; at most 100
  bool approval = false;              ///< a supervisor must grant it
  friend bool operator==(const reason_config&, const reason_config&) = default;
};

/// A class of service: which outside numbers somebody reaches, in a call, a consultation, a transfer or a conference. A house without
/// any bars nobody; in one that has some, whoever has none reaches the phones of the house and the emergency numbers.
struct class_config {
  std::string name;                  ///< lower-case letters, digits, _ and -; unique
  std::vector<std::string> outside;  ///< beginnings of numbers that may be called; "*": every number
  std::vector<std::string> barred;   ///< beginnings of those that may not; the longer beginning counts
  bool onward = false;               ///< an outside party may be put through to an outside number
  friend bool operator==(const class_config&, const class_config&) = default;
};

/// What is done in an emergency: who is called, and until when. `number` is the key, and what phones of the house dial.
struct code_call_config {
  std::string number;                                        ///< 1 to 32 characters, unique
  std::string name;                                          ///< UTF-8
  std::vector<std::string> steps;                            ///< 1 to 8; each the numbers to call, by space
  bool in_order = false;                                     ///< those of a step one after the other; else at once
  std::uint32_t enough = 1;                                  ///< so many are to acknowledge; 1 to 64
  std::chrono::nanoseconds ring = std::chrono::seconds(20);  ///< how long each is rung; 1 s to 5 min
  std::chrono::nanoseconds wait = std::chrono::seconds(30);  ///< then the next step begins; 5 s to 30 min
  std::uint32_t rounds = 3;                                  ///< how often the whole list is called at most; 1 to 20
  std::vector<std::string> message;                          ///< prompts, said until the key is pressed; "place" is where
  std::vector<std::string> drill{};                          ///< said before the message in a drill
  std::string key = "1";                                     ///< acknowledges
  bool conference = true;                                    ///< who has acknowledged stays and talks; else the line is let go
  std::string line;                                          ///< number of the emergency queue for who dials `number`
  friend bool operator==(const code_call_config&, const code_call_config&) = default;
};

/// A kind of request: a matter that somebody owes somebody, as advice, a complaint, an appointment, a call back.
/// Limits are lengths of time, "20min", "3h", "2 days", or counted by the working days of `hours`: "2 half_days", "5 working_days".
struct request_kind_config {
  std::string name;                              ///< lower-case letters, digits, _ and -; unique
  std::string zh;                                ///< what people are shown in Chinese; UTF-8
  std::string en;                                ///< the same in English
  std::string prefix;                            ///< of its numbers: "A" in A-2026-000123; unique
  std::vector<std::string> fields{};             ///< "age:integer"; with ! it must be given, with * it is protected
  std::vector<std::string> results;              ///< words: what it may be closed with
  std::vector<std::string> stages{};             ///< words: how far it may be, in order
  std::string owner;                             ///< name of an operator, or number of a phone or department
  std::string backup{};                          ///< the same: who is told first when it is overdue; empty: nobody
  std::vector<std::string> chain{};              ///< the same: who is told then, one after the other
  std::vector<std::uint32_t> reminders{50, 80};  ///< percent of the time to completion; 1 to 99, ascending
  std::string first_contact{};                   ///< the person is spoken to within this; empty: no limit
  std::string completion = "5 working_days";     ///< it is closed within this
  std::string hours{};                           ///< name of an hours_config: working days, and when its people call
  std::chrono::nanoseconds escalate_every = std::chrono::hours(24);  ///< up the chain, and on at its end; 1 min to 31 days
  bool approval = false;                                             ///< it is refused only after an approval
  bool tell_result = false;                                          ///< it is closed only when the person was told the result
  bool call_back = false;                                            ///< the person is to be called back, as soon as it is open
  std::uint32_t attempts_max = 3;                                    ///< so often the person is called; 1 to 50
  std::chrono::nanoseconds backoff =
      std::chrono::minutes(10);              ///< after the first call that failed; then twice as long; 10 s to 24 h
  std::chrono::nanoseconds call_every{0};    ///< between two calls of this kind; 0 to 1 h
  std::uint32_t calls_max = 4;               ///< calls of this kind at a time; 1 to 1000
  std::chrono::nanoseconds change_until{0};  ///< so long before an appointment it may be changed; 0 to 31 days
  bool late_is_no_show = false;              ///< who cancels later than that counts as one who did not come; else it is refused
  bool slots = false;                        ///< appointments are booked in slots only, which offer_slot says
  std::chrono::nanoseconds book_ahead{0};    ///< so long before at most; 0: no limit; at most 366 days
  std::chrono::nanoseconds book_until{0};    ///< so long before at least; 0 to 31 days
  std::chrono::nanoseconds remind_ahead{0};  ///< the person is reminded so long before; 0: never; at most 31 days
  std::chrono::nanoseconds tell_ahead = std::chrono::hours(12);  ///< told so long before when the handler cannot be there
  std::chrono::nanoseconds no_show_after{0};  ///< who is not here by then did not come; 0: nobody looks; at most 24 h
  std::uint32_t no_shows_max = 0;             ///< so often within `barred_for`; then no more bookings; 0: no limit; at most 20
  std::chrono::nanoseconds barred_for = std::chrono::hours(720);  ///< 1 h to 366 days
  std::uint32_t per_person_max = 0;  ///< open ones of this kind for one person; 0: no limit; at most 100
  std::string dialogue{};            ///< number of the dialogue that leads its calls when no operator is wanted; empty: none
  std::uint32_t keep_days = 0;       ///< so long after its end its texts stay in the store; 0: for ever; at most 36,500
  friend bool operator==(const request_kind_config&, const request_kind_config&) = default;
};

/// A code that phones dial for something that others do on a screen. `what` is the key.
struct phone_code_config {
  phone_feature what{};  ///< what it asks for
  std::string code;      ///< begins with * or #; none is the beginning of another one
  friend bool operator==(const phone_code_config&, const phone_code_config&) = default;
};

/// What people check again and again. `name` is the key.
struct check_config {
  std::string name;                                             ///< without spaces, unique
  std::chrono::nanoseconds every = std::chrono::hours(24 * 7);  ///< 1 h to 400 days
  std::string owner{};                                          ///< name of an operator, or number of a phone or department
  friend bool operator==(const check_config&, const check_config&) = default;
};

/// How faults of the equipment are found, and what becomes of them.
struct health_config {
  std::chrono::nanoseconds fault_after = std::chrono::minutes(2);  ///< out of service for so long; 0: never
  std::chrono::nanoseconds test_every{0};  ///< between two self-tests of a device; 0: never; else 1 min to 31 days
  std::uint32_t tests_at_once = 1;         ///< 1 to 16
  std::string fault_kind{};                ///< name of a request_kind_config; empty: a fault is an event alone
  friend bool operator==(const health_config&, const health_config&) = default;
};

/// Why calls to the outside are made. `number` is the key.
struct call_reason_config {
  std::uint16_t number = 0;  ///< 1 to 999, unique
  std::string name;          ///< UTF-8
  friend bool operator==(const call_reason_config&, const call_reason_config&) = default;
};

/// A user of the local socket. Least right by default: a process whose uid has no user here is disconnected.
struct user_config {
  std::string name;                        ///< UTF-8, unique
  std::optional<std::uint32_t> uid;        ///< unix user whose processes are this user
  std::uint32_t rights = 0;                ///< bits of `right`
  std::string operator_{};                 ///< name of the operator whom alone the user acts for; empty: anybody
  std::vector<std::string> commands{};     ///< names of the commands that the user may give; empty: all that the rights allow
  std::vector<std::string> queues{};       ///< numbers: for callers of these alone; empty: of all
  std::vector<std::string> departments{};  ///< numbers: whose night service the user switches; empty: of all
  friend bool operator==(const user_config&, const user_config&) = default;
};

/// Limits of time and number that the board decides by.
struct policy_config {
  std::chrono::nanoseconds hold_limit = std::chrono::minutes(3);        ///< 5 s to 1 h
  std::chrono::nanoseconds park_limit = std::chrono::minutes(2);        ///< 5 s to 1 h; also of who waits for a busy phone
  std::chrono::nanoseconds call_back_limit = std::chrono::minutes(30);  ///< 1 min to 24 h
  std::chrono::nanoseconds recall_ring = std::chrono::seconds(20);      ///< 1 s to 5 min
  std::chrono::nanoseconds offer_ring = std::chrono::seconds(20);       ///< 1 s to 5 min
  std::chrono::nanoseconds closing_grace = std::chrono::seconds(5);     ///< 0 to 5 min
  std::chrono::nanoseconds move_limit = std::chrono::seconds(2);        ///< 100 ms to 10 s
  std::chrono::nanoseconds release_limit = std::chrono::seconds(40);    ///< 1 s to 5 min
  std::uint32_t calls_max = 10000;                                      ///< 1 to 100,000
  std::uint32_t answer_rings = 4;                                       ///< a caller is to be answered within these; 1 to 20
  std::uint32_t unanswered_max = 1;                                     ///< offers in a row; then not ready; 1 to 20
  std::chrono::nanoseconds return_within = std::chrono::minutes(3);     ///< keeps the place of who gave up; 0 to 30 min
  std::chrono::nanoseconds login_ahead = std::chrono::minutes(5);       ///< of a shift; 0 to 1 h
  std::chrono::nanoseconds wrap_up_limit = std::chrono::minutes(5);     ///< of work after a call by command; 1 s to 1 h
  std::chrono::nanoseconds leave_limit = std::chrono::minutes(5);       ///< for an answer to ask_leave; 10 s to 1 h
  bool reasons_required = false;                                        ///< an operator who is not ready says why
  std::uint32_t requests_max = 10000;                                   ///< open at a time; 1 to 200,000
  std::chrono::nanoseconds entry_limit{
      0};  ///< what a call was about is written down within this; 0: need not; else 1 min to 7 days
  friend bool operator==(const policy_config&, const policy_config&) = default;
};

/// A number that no request calls: its person does not want to be called.
struct stopped_number {
  std::string number;          ///< in the one form of `phone_number::number`
  std::int32_t until_day = 0;  ///< the last day, since 1970-01-01, by the clock of the first hours; 0: for good
  friend bool operator==(const stopped_number&, const stopped_number&) = default;
};

/// The house that the board decides for.
struct house_config {
  std::vector<device_config> devices;          ///< phones and trunks
  std::vector<operator_config> operators;      ///< who answers
  std::vector<queue_config> queues;            ///< where callers wait
  std::vector<user_config> users;              ///< who may do what
  std::vector<hours_config> hours;             ///< when queues and departments are open, and operators work
  std::vector<dialogue_config> dialogues;      ///< where nobody answers
  policy_config policy;                        ///< by which limits
  std::vector<reason_config> reasons{};        ///< why operators leave
  std::vector<class_config> classes{};         ///< who reaches which outside numbers
  std::vector<code_call_config> code_calls{};  ///< what is done in an emergency
  std::vector<std::string> emergency_numbers{"120", "110", "119"};  ///< every phone reaches these, past its class; at most 16
  std::vector<request_kind_config> request_kinds{};                 ///< what people are owed
  std::vector<phone_code_config> phone_codes{};                     ///< what phones reach by codes
  std::vector<check_config> checks{};                               ///< what people check
  health_config health{};                                           ///< how faults are found
  std::vector<call_reason_config> call_reasons{};                   ///< why operators call outside; none: they need not say
  std::vector<stopped_number> stop_list{};                          ///< whom no request calls; the board is told with each call
  friend bool operator==(const house_config&, const house_config&) = default;
};

/// Signalling.
struct sip_config {
  std::string address = "127.0.0.1";           ///< IP to bind; loopback by default
  std::uint16_t port = 5060;                   ///< 0: chosen by the kernel, told on start
  bool udp = true;                             ///< listens there
  bool tcp = true;                             ///< listens there too
  bool tls = false;                            ///< listens on `tls_port` too; needs certificate and private_key
  std::uint16_t tls_port = 5061;               ///< 0: chosen by the kernel
  std::string certificate;                     ///< PEM file: ours, then those between it and its root
  std::string private_key;                     ///< PEM file, for its owner alone
  std::string ca_file;                         ///< PEM file: who may have signed the certificates of trunks
  std::chrono::seconds connection_idle{30};    ///< a stranger's silent connection is closed; 5 s to 24 h
  std::string realm = "cordboard";             ///< digest realm
  std::chrono::seconds expires_min{30};        ///< shortest registration
  std::chrono::seconds expires_max{3600};      ///< longest registration
  std::chrono::seconds session_expires{1800};  ///< a call is refreshed within this (RFC 4028): finds a dead end; 0: never
  std::chrono::seconds session_min{90};        ///< shortest such interval taken from others; at least 90 s
  std::uint32_t calls_per_second = 200;        ///< new calls of all; above that 503 with a time to come again; 0: no limit
  std::uint32_t phone_calls_per_second = 10;   ///< new calls from one address that is no trunk's; 0: no limit
  std::uint32_t failures_max = 20;             ///< failed proofs before an address is banned; 0: never
  std::chrono::seconds ban{300};               ///< the first ban; each further one is twice as long
  std::string resolver;                        ///< file as resolv.conf(5), which names trunks' DNS servers; empty: the system's
  friend bool operator==(const sip_config&, const sip_config&) = default;
};

/// Voice.
struct media_config {
  std::string address = "127.0.0.1";    ///< IP that stands in our SDP
  std::uint16_t port_min = 16384;       ///< even; the range must lie outside the kernel's ephemeral ports
  std::uint16_t port_max = 24575;       ///< the last port; two are used for each leg
  std::chrono::seconds lost_after{0};   ///< no packet for so long is told; 0: never
  std::string music;                    ///< sound file that waiting and held callers hear; empty: tones
  std::string prompts;                  ///< folder of sound files, each a prompt by its name; empty: nothing is said
  std::string recordings;               ///< folder for recordings; empty: none can be made
  std::string recordings_key_file;      ///< key that seals them, mode 0600 or 0400; empty: they are plain WAV
  std::uint32_t quality_min = 60;       ///< a voice is told to be degraded below this rating (R of ITU-T G.107); 0: never
  std::chrono::seconds level_every{0};  ///< how loud voices are is told so often at most; 0: never
  friend bool operator==(const media_config&, const media_config&) = default;
};

/// The event log.
struct log_config {
  std::string hot = "/dev/shm/cordboard";                ///< folder in tmpfs for the hot segments
  std::string archive;                                   ///< folder on disk; empty: no archive
  std::uint64_t hot_bytes_max = std::uint64_t{1} << 30;  ///< at least 128 MiB
  std::uint32_t keep_days = 0;                           ///< archived events older than this are removed; 0: never
  std::uint64_t archive_bytes_max = 0;  ///< above this the oldest are removed; 0: no bound, else at least 256 MiB
  std::string chain_key_file;           ///< key of the archive's hash chain, mode 0600 or 0400; empty: none is made
  std::string text_key_file;            ///< key that seals the texts of calls and requests, mode 0600 or 0400; empty: plain
  friend bool operator==(const log_config&, const log_config&) = default;
};

/// Where requests, calls and persons stand for whoever asks: a database beside the log, filled from it by `cordboard store run`.
struct store_config {
  std::string path;        ///< SQLite's file; empty: `postgresql` says where, or there is no store
  std::string postgresql;  ///< connection as libpq takes it, "host=/run/postgresql dbname=cordboard"; empty: SQLite
  std::string key_file;    ///< master key of what is personal, mode 0600; empty: `path` with ".key" behind it
  bool run = true;         ///< `cordboard serve` starts `cordboard store run`, and again when it falls
  friend bool operator==(const store_config&, const store_config&) = default;
};

/// Everything `cordboard serve` needs.
struct config {
  std::string run = "/run/cordboard";  ///< folder of the local socket; what programs attach to
  house_config house;                  ///< phones, operators, queues, users
  sip_config sip;                      ///< signalling
  media_config media;                  ///< voice
  log_config log;                      ///< the event log
  store_config store;                  ///< the database beside it
  std::string gateway;                 ///< configuration file of a gateway that `cordboard serve` starts; empty: none
  bool loopback = false;               ///< no SIP and no media: legs are played by the program itself
  std::uint32_t commands_max = 1024;   ///< commands that may wait; more get queue_full
  std::string outbox;  ///< configuration file of the messages and hooks that `cordboard serve` starts; empty: none
  friend bool operator==(const config&, const config&) = default;
};

}  // namespace cordboard
