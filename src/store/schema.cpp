// SPDX-License-Identifier: Apache-2.0
// Times are ns since 1970, ids the log's as signed numbers, nothing where there is none. `sequence` is that of the event with which a row
// began; codes are those of schema/REFERENCE.md.
#include <array>
#include <fmt/format.h>
#include <store/schema.hpp>

namespace cordboard::store {
namespace {

// What only the store keeps first, then what the log says. Personal texts stand in `passage` alone, sealed; `term` finds them.
constexpr std::string_view version_1 = R"sql(
CREATE TABLE secret (name TEXT PRIMARY KEY, sealed BLOB NOT NULL) STRICT;
CREATE TABLE seal (id INTEGER PRIMARY KEY, owner INTEGER NOT NULL, since INTEGER NOT NULL, sealed BLOB, erased_at INTEGER, UNIQUE (owner, since)) STRICT;
CREATE TABLE access (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, uid INTEGER NOT NULL, who TEXT NOT NULL, what TEXT NOT NULL, clear INTEGER NOT NULL, found INTEGER NOT NULL) STRICT;
CREATE INDEX access_at ON access (at);

CREATE TABLE passage (sequence INTEGER PRIMARY KEY, at INTEGER NOT NULL, kind INTEGER NOT NULL, call INTEGER, party INTEGER, request INTEGER, person INTEGER, seal INTEGER NOT NULL, sealed BLOB NOT NULL) STRICT;
CREATE INDEX passage_call ON passage (call) WHERE call IS NOT NULL;
CREATE INDEX passage_request ON passage (request) WHERE request IS NOT NULL;
CREATE INDEX passage_person ON passage (person) WHERE person IS NOT NULL;
CREATE INDEX passage_seal ON passage (seal);
CREATE TABLE term (term INTEGER NOT NULL, sequence INTEGER NOT NULL, PRIMARY KEY (term, sequence)) STRICT, WITHOUT ROWID;

CREATE TABLE missing (sequence INTEGER PRIMARY KEY, first INTEGER NOT NULL, after INTEGER NOT NULL) STRICT;
CREATE TABLE named (kind INTEGER NOT NULL, id INTEGER NOT NULL, sequence INTEGER NOT NULL, number TEXT, name TEXT NOT NULL, removed INTEGER NOT NULL, PRIMARY KEY (kind, id)) STRICT;
CREATE TABLE call (id INTEGER PRIMARY KEY, sequence INTEGER NOT NULL, began_at INTEGER NOT NULL, ended_at INTEGER, answered_at INTEGER, caller INTEGER, token INTEGER, device INTEGER, queue INTEGER, operator INTEGER, consults_for INTEGER, became INTEGER, cause INTEGER, marks INTEGER NOT NULL) STRICT;
CREATE INDEX call_began ON call (began_at);
CREATE INDEX call_token ON call (token, began_at) WHERE token IS NOT NULL;
CREATE TABLE party (id INTEGER PRIMARY KEY, sequence INTEGER NOT NULL, call INTEGER NOT NULL REFERENCES call (id), role INTEGER, device INTEGER, operator INTEGER, token INTEGER, identity INTEGER, connected_at INTEGER, left_at INTEGER, cause INTEGER) STRICT;
CREATE INDEX party_call ON party (call);
CREATE TABLE wait (sequence INTEGER PRIMARY KEY, call INTEGER NOT NULL REFERENCES call (id), party INTEGER, queue INTEGER, began_at INTEGER NOT NULL, ended_at INTEGER, result INTEGER, operator INTEGER, rings INTEGER) STRICT;
CREATE INDEX wait_call ON wait (call);
CREATE TABLE custody (sequence INTEGER PRIMARY KEY, call INTEGER NOT NULL REFERENCES call (id), party INTEGER, custodian INTEGER NOT NULL, operator INTEGER, queue INTEGER, device INTEGER, began_at INTEGER NOT NULL, ended_at INTEGER, cause INTEGER, layer INTEGER) STRICT;
CREATE INDEX custody_call ON custody (call);
CREATE INDEX custody_open ON custody (party) WHERE ended_at IS NULL;
CREATE TABLE transfer (sequence INTEGER PRIMARY KEY, call INTEGER NOT NULL REFERENCES call (id), party INTEGER, operator INTEGER, device INTEGER, consultation INTEGER, single_step INTEGER NOT NULL, began_at INTEGER NOT NULL, ended_at INTEGER, result INTEGER, cause INTEGER) STRICT;
CREATE INDEX transfer_call ON transfer (call);
CREATE TABLE consent (sequence INTEGER PRIMARY KEY, call INTEGER NOT NULL REFERENCES call (id), party INTEGER, at INTEGER NOT NULL, consent_of INTEGER NOT NULL, consent INTEGER NOT NULL, operator INTEGER, actor INTEGER) STRICT;
CREATE INDEX consent_call ON consent (call);
CREATE TABLE recording (sequence INTEGER PRIMARY KEY, call INTEGER NOT NULL REFERENCES call (id), party INTEGER, operator INTEGER, queue INTEGER, file TEXT NOT NULL, began_at INTEGER NOT NULL, ended_at INTEGER, cause INTEGER) STRICT;
CREATE INDEX recording_call ON recording (call);
CREATE TABLE action (sequence INTEGER PRIMARY KEY, command_high INTEGER NOT NULL, command_low INTEGER NOT NULL, kind INTEGER NOT NULL, actor INTEGER, at INTEGER NOT NULL, call INTEGER, request INTEGER, party INTEGER, operator INTEGER, queue INTEGER, device INTEGER, outcome INTEGER NOT NULL, ended_at INTEGER, error INTEGER, cause INTEGER) STRICT;
CREATE INDEX action_at ON action (at);
CREATE INDEX action_open ON action (command_low) WHERE outcome = 0;
)sql";

// Requests: one row each, and every event of it as it came.
constexpr std::string_view version_2 = R"sql(
CREATE TABLE request_kind (number INTEGER PRIMARY KEY, sequence INTEGER NOT NULL, name TEXT NOT NULL, zh TEXT NOT NULL, en TEXT NOT NULL, fields TEXT NOT NULL, results TEXT NOT NULL, removed INTEGER NOT NULL) STRICT;
CREATE TABLE request (id INTEGER PRIMARY KEY, sequence INTEGER NOT NULL, kind INTEGER, year INTEGER, number INTEGER, shown TEXT, source INTEGER, status INTEGER NOT NULL, stage INTEGER NOT NULL, call INTEGER, party INTEGER, token INTEGER, actor INTEGER, owner_operator INTEGER, owner_device INTEGER, asked_operator INTEGER, asked_device INTEGER, opened_at INTEGER NOT NULL, first_contact_at INTEGER, due_at INTEGER, promised_at INTEGER, call_at INTEGER, appointment_at INTEGER, consent INTEGER NOT NULL, level INTEGER NOT NULL, attempts INTEGER NOT NULL, result INTEGER, closed_at INTEGER) STRICT;
CREATE INDEX request_shown ON request (shown);
CREATE INDEX request_due ON request (due_at) WHERE closed_at IS NULL AND due_at IS NOT NULL;
CREATE INDEX request_call_at ON request (call_at) WHERE closed_at IS NULL AND call_at IS NOT NULL;
CREATE INDEX request_token ON request (token, opened_at) WHERE token IS NOT NULL;
CREATE INDEX request_call ON request (call) WHERE call IS NOT NULL;
CREATE INDEX request_opened ON request (opened_at);
CREATE TABLE request_event (sequence INTEGER PRIMARY KEY, request INTEGER NOT NULL REFERENCES request (id), at INTEGER NOT NULL, kind INTEGER NOT NULL, call INTEGER, operator INTEGER, device INTEGER, actor INTEGER, detail INTEGER NOT NULL, state INTEGER NOT NULL, consent INTEGER NOT NULL, value INTEGER NOT NULL, other INTEGER NOT NULL, cause INTEGER NOT NULL) STRICT;
CREATE INDEX request_event_request ON request_event (request);
CREATE TABLE attempt (sequence INTEGER PRIMARY KEY, request INTEGER NOT NULL REFERENCES request (id), call INTEGER, party INTEGER, operator INTEGER, device INTEGER, nth INTEGER NOT NULL, began_at INTEGER NOT NULL, ended_at INTEGER, outcome INTEGER, cause INTEGER) STRICT;
CREATE INDEX attempt_request ON attempt (request);
CREATE TABLE request_lost (sequence INTEGER PRIMARY KEY, at INTEGER NOT NULL, call INTEGER, party INTEGER, kind INTEGER NOT NULL, cause INTEGER NOT NULL) STRICT;
CREATE TABLE entry (sequence INTEGER PRIMARY KEY, call INTEGER NOT NULL REFERENCES call (id), operator INTEGER, owed_at INTEGER NOT NULL, until_at INTEGER NOT NULL, settled_at INTEGER, cause INTEGER) STRICT;
CREATE INDEX entry_call ON entry (call);
)sql";

// Persons, whom only the store knows: nothing here comes from an event. Their texts stand in `passage` with a negative sequence.
constexpr std::string_view version_3 = R"sql(
CREATE TABLE person (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, merged_into INTEGER REFERENCES person (id)) STRICT;
CREATE INDEX person_merged ON person (merged_into) WHERE merged_into IS NOT NULL;
CREATE TABLE person_number (person INTEGER NOT NULL REFERENCES person (id), token INTEGER NOT NULL, PRIMARY KEY (person, token)) STRICT;
CREATE INDEX person_number_token ON person_number (token);
CREATE TABLE person_group (person INTEGER NOT NULL REFERENCES person (id), kind INTEGER NOT NULL, token INTEGER NOT NULL, PRIMARY KEY (person, kind, token)) STRICT;
CREATE INDEX person_group_token ON person_group (kind, token);
CREATE TABLE person_change (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, uid INTEGER NOT NULL, who TEXT NOT NULL, person INTEGER NOT NULL, what TEXT NOT NULL, other INTEGER) STRICT;
)sql";

// Appointments: who came, who did not, how often until then, and until when that bars from booking. What is held back from retention, and
// which requests had their texts taken away: that, the log does not know. What it says of the former was passed over until now, and is read.
constexpr std::string_view version_4 = R"sql(
ALTER TABLE request ADD COLUMN slot INTEGER;
ALTER TABLE request ADD COLUMN confirmed_at INTEGER;
ALTER TABLE request ADD COLUMN arrived_at INTEGER;
ALTER TABLE request ADD COLUMN no_show_at INTEGER;
ALTER TABLE request ADD COLUMN no_show_cause INTEGER;
ALTER TABLE request ADD COLUMN no_shows INTEGER;
ALTER TABLE request ADD COLUMN barred_until INTEGER;
ALTER TABLE request ADD COLUMN part_of INTEGER;
ALTER TABLE request ADD COLUMN person INTEGER;
CREATE INDEX request_person ON request (person) WHERE person IS NOT NULL;
CREATE INDEX request_closed ON request (kind, closed_at) WHERE closed_at IS NOT NULL;
CREATE TABLE hold (sequence INTEGER PRIMARY KEY, at INTEGER NOT NULL, span INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER, released_at INTEGER) STRICT;
CREATE TABLE expired (request INTEGER PRIMARY KEY, at INTEGER NOT NULL, texts INTEGER NOT NULL) STRICT;
INSERT INTO meta VALUES ('refold', 1) ON CONFLICT (name) DO UPDATE SET value = 1;
)sql";

constexpr std::array migrations{version_1, version_2, version_3, version_4};

constexpr std::array tables{
    folded_table{"missing", "sequence"},
    folded_table{"named", "kind, id"},
    folded_table{"call", "id"},
    folded_table{"party", "id"},
    folded_table{"wait", "sequence"},
    folded_table{"custody", "sequence"},
    folded_table{"transfer", "sequence"},
    folded_table{"consent", "sequence"},
    folded_table{"recording", "sequence"},
    folded_table{"action", "sequence"},
    folded_table{"passage", "sequence"},
    folded_table{"term", "term, sequence"},
    folded_table{"request_kind", "number"},
    folded_table{"request", "id"},
    folded_table{"request_event", "sequence"},
    folded_table{"attempt", "sequence"},
    folded_table{"request_lost", "sequence"},
    folded_table{"entry", "sequence"},
    folded_table{"hold", "sequence"},
};

std::int64_t version_of(database& in) { return number_of(in.one("SELECT value FROM meta WHERE name = 'version'")); }

}  // namespace

std::int64_t schema_version() { return static_cast<std::int64_t>(migrations.size()); }
std::span<const folded_table> folded_tables() { return tables; }

void migrate(database& in) {
  in.script("CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT");
  in.script(
      "INSERT INTO meta VALUES ('version', 0), ('position', 0), ('crc', 0), ('erasures', 0) ON CONFLICT (name) DO NOTHING");
  for (;;) {
    transaction one(in);
    // Whoever else starts at this moment waits here, and finds it done.
    in.change("UPDATE meta SET value = value WHERE name = 'version'", {});
    const std::int64_t at = version_of(in);
    if (at > schema_version())
      throw database_error(
          fmt::format("the store has version {}, and this program knows {}: it is a newer program's", at, schema_version()),
          false);
    if (at == schema_version()) return;
    in.script(std::string(migrations[static_cast<std::size_t>(at)]));
    in.change("UPDATE meta SET value = $1 WHERE name = 'version'", {at + 1});
    one.commit();
  }
}

void expect_version(database& in) {
  std::int64_t at = 0;
  try {
    at = version_of(in);
  } catch (const database_error& wrong) {
    if (wrong.away()) throw;
    throw database_error("it holds no store: cordboard store run, or rebuild, makes one", false);
  }
  if (at != schema_version())
    throw database_error(fmt::format("the store has version {}, and this program {}: cordboard store run brings it up to date",
                                     at, schema_version()),
                         false);
}

}  // namespace cordboard::store
