// SPDX-License-Identifier: Apache-2.0
// PostgreSQL by libpq. Changes go out in a pipeline: the fold waits for the server once for many of them.
#include <algorithm>
#include <fmt/format.h>
#include <libpq-fe.h>
#include <map>
#include <store/database.hpp>
#include <store/dialect.hpp>

namespace cordboard::store {
namespace {

/// So many statements may be under way: their answers, small ones, must fit the sockets' buffers while nobody reads.
constexpr int pipelined_max = 128;
// Types by their numbers in PostgreSQL's catalogue (pg_type.dat), which are for good.
enum pg_type : Oid { pg_bool = 16, pg_bytea = 17, pg_int8 = 20, pg_int2 = 21, pg_int4 = 23 };

struct close_connection {
  void operator()(PGconn* c) const { PQfinish(c); }
};
struct clear_result {
  void operator()(PGresult* r) const { PQclear(r); }
};
using answer = std::unique_ptr<PGresult, clear_result>;

std::string hex(const std::string& bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out = "\\x";
  for (const char c : bytes) {
    out += digits[static_cast<unsigned char>(c) >> 4];
    out += digits[static_cast<unsigned char>(c) & 0xF];
  }
  return out;
}

value column(const PGresult* r, int line, int at) {
  if (PQgetisnull(r, line, at) != 0) return {};
  const char* text = PQgetvalue(r, line, at);
  switch (PQftype(r, at)) {
    case pg_int8:
    case pg_int4:
    case pg_int2: return static_cast<std::int64_t>(std::strtoll(text, nullptr, 10));
    case pg_bool: return std::int64_t{*text == 't'};
    case pg_bytea: {
      std::size_t size = 0;
      unsigned char* bytes = PQunescapeBytea(reinterpret_cast<const unsigned char*>(text), &size);
      blob out{std::string(reinterpret_cast<const char*>(bytes), size)};
      PQfreemem(bytes);
      return out;
    }
    default: return std::string(text, static_cast<std::size_t>(PQgetlength(r, line, at)));
  }
}

/// What is given, as libpq takes it: texts that end with zero, null for nothing.
struct parameters {
  std::vector<std::string> texts;
  std::vector<const char*> at;
  explicit parameters(std::span<const value> with) : texts(with.size()), at(with.size()) {
    for (std::size_t i = 0; i < with.size(); ++i) {
      if (std::holds_alternative<std::monostate>(with[i])) continue;
      const auto* bytes = std::get_if<blob>(&with[i]);
      texts[i] = bytes != nullptr ? hex(bytes->bytes) : text_of(with[i]);
      at[i] = texts[i].c_str();
    }
  }
  int count() const { return static_cast<int>(at.size()); }
};

class postgresql final : public database {
public:
  postgresql(const std::string& connection, const std::string& schema) : connection_(PQconnectdb(connection.c_str())) {
    if (PQstatus(connection_.get()) != CONNECTION_OK) fail();
    PQsetNoticeProcessor(
        connection_.get(), [](void*, const char*) {}, nullptr);
    if (PQserverVersion(connection_.get()) < 120000) throw database_error("PostgreSQL before 12 is not known here", false);
    // A server that hangs must not hang the store for good: whoever waits longer asks again.
    plain(
        fmt::format("SET client_encoding TO 'UTF8'; SET statement_timeout TO '10min'; SET lock_timeout TO '10s'; "
                    "CREATE SCHEMA IF NOT EXISTS {0}; SET search_path TO {0}",
                    schema));
  }

  std::string_view name() const override { return "PostgreSQL"; }
  void script(const std::string& sql) override { plain(in_postgresql(sql)); }

  void later(std::string_view sql, std::span<const value> with) override {
    if (!pipeline_) {
      if (PQenterPipelineMode(connection_.get()) != 1) fail();
      pipeline_ = true;
    }
    auto [it, fresh] = prepared_.try_emplace(std::string(sql), fmt::format("s{}", prepared_.size()));
    if (fresh && PQsendPrepare(connection_.get(), it->second.c_str(), it->first.c_str(), 0, nullptr) != 1) fail();
    pending_ += fresh ? 1 : 0;
    const parameters given(with);
    if (PQsendQueryPrepared(connection_.get(), it->second.c_str(), given.count(), given.at.data(), nullptr, nullptr, 0) != 1)
      fail();
    if (++pending_ >= pipelined_max) settle(false);
  }
  std::uint64_t change(std::string_view sql, std::initializer_list<value> with) override {
    settle(true);
    const answer r = ask(sql, {with.begin(), with.size()});
    return static_cast<std::uint64_t>(std::strtoull(PQcmdTuples(r.get()), nullptr, 10));
  }
  void rows(std::string_view sql, std::span<const value> with, const std::function<bool(row)>& to) override {
    settle(true);
    const std::string& prepared = prepare(sql);
    const parameters given(with);
    if (PQsendQueryPrepared(connection_.get(), prepared.c_str(), given.count(), given.at.data(), nullptr, nullptr, 0) != 1)
      fail();
    PQsetSingleRowMode(connection_.get());
    bool wanted = true;
    answer wrong;
    std::vector<value> out;
    // To the last answer, also when nobody wants it: the connection is ready for the next question then.
    for (answer r(PQgetResult(connection_.get())); r; r.reset(PQgetResult(connection_.get()))) {
      const auto status = PQresultStatus(r.get());
      if (status != PGRES_SINGLE_TUPLE && status != PGRES_TUPLES_OK && !wrong) {
        wrong = std::move(r);
        continue;
      }
      for (int line = 0; wanted && !wrong && line < PQntuples(r.get()); ++line) {
        out.resize(static_cast<std::size_t>(PQnfields(r.get())));
        for (std::size_t i = 0; i < out.size(); ++i) out[i] = column(r.get(), line, static_cast<int>(i));
        wanted = to(out);
      }
    }
    if (wrong) fail(wrong.get());
  }

  void begin() override { plain("BEGIN"); }
  void begin_reading() override { plain("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"); }
  void commit() override { plain("COMMIT"); }
  void rollback() noexcept override {
    try {
      settle(true);
    } catch (const database_error&) {
      // What failed is what is undone here.
    }
    answer(PQexec(connection_.get(), "ROLLBACK"));
  }

  std::string plan(const std::string& sql, std::span<const value> with) override {
    settle(true);
    const parameters given(with);
    const answer r(PQexecParams(connection_.get(), ("EXPLAIN " + sql).c_str(), given.count(), nullptr, given.at.data(), nullptr,
                                nullptr, 0));
    if (PQresultStatus(r.get()) != PGRES_TUPLES_OK) fail(r.get());
    std::string out;
    for (int line = 0; line < PQntuples(r.get()); ++line) out += std::string(PQgetvalue(r.get(), line, 0)) + '\n';
    return out;
  }
  /// The server checks its pages when it reads them, and foreign keys when they are written.
  std::string damage() override { return {}; }

  void wipe() override {
    for (const char* table : {"seal", "passage", "term"}) plain(fmt::format("VACUUM {}", table));
  }
  void backup(const std::string&, const std::function<void(std::uint64_t, std::uint64_t)>&) override {
    throw database_error("a PostgreSQL server is copied by its own tools: pg_dump --schema=cordboard, or pg_basebackup", false);
  }

private:
  /// What libpq itself says is of the connection.
  [[noreturn]] void fail() const { raise(PQerrorMessage(connection_.get()), true); }
  [[noreturn]] static void fail(const PGresult* r) {
    const char* state = PQresultErrorField(r, PG_DIAG_SQLSTATE);
    raise(PQresultErrorMessage(r), passes(state == nullptr ? "" : state));
  }
  /// Errors that trying again later mends: none of the server's, or its connections, resources, conflicts, locks, limits, shutdowns.
  static bool passes(std::string_view state) {
    for (const std::string_view kind : {"08", "40", "53", "55P03", "57"})
      if (state.starts_with(kind)) return true;
    return state.empty();
  }
  [[noreturn]] static void raise(std::string what, bool away) {
    while (!what.empty() && what.back() == '\n') what.pop_back();
    std::replace(what.begin(), what.end(), '\n', ' ');  // a line for whoever keeps the machine
    throw database_error(fmt::format("PostgreSQL: {}", what), away);
  }
  void plain(const std::string& sql) {
    settle(true);
    const answer r(PQexec(connection_.get(), sql.c_str()));
    if (PQresultStatus(r.get()) != PGRES_COMMAND_OK && PQresultStatus(r.get()) != PGRES_TUPLES_OK) fail(r.get());
  }
  const std::string& prepare(std::string_view sql) {
    auto [it, fresh] = prepared_.try_emplace(std::string(sql), fmt::format("s{}", prepared_.size()));
    if (!fresh) return it->second;
    const answer r(PQprepare(connection_.get(), it->second.c_str(), it->first.c_str(), 0, nullptr));
    if (PQresultStatus(r.get()) == PGRES_COMMAND_OK) return it->second;
    prepared_.erase(it);
    fail(r.get());
  }
  answer ask(std::string_view sql, std::span<const value> with) {
    const parameters given(with);
    answer r(PQexecPrepared(connection_.get(), prepare(sql).c_str(), given.count(), given.at.data(), nullptr, nullptr, 0));
    const auto status = PQresultStatus(r.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) fail(r.get());
    return r;
  }
  /// Reads the answers of all that is under way. @param leave  the pipeline ends as well
  void settle(bool leave) {
    if (!pipeline_) return;
    answer wrong;
    if (pending_ > 0) {
      if (PQpipelineSync(connection_.get()) != 1) fail();
      for (bool synced = false; !synced;) {
        answer r(PQgetResult(connection_.get()));
        if (!r) {  // between the answers of two statements; when the connection is gone, nothing but this comes
          if (PQstatus(connection_.get()) != CONNECTION_OK) break;
          continue;
        }
        const auto status = PQresultStatus(r.get());
        synced = status == PGRES_PIPELINE_SYNC;
        if (status == PGRES_FATAL_ERROR && !wrong) wrong = std::move(r);
      }
      pending_ = 0;
    }
    if (leave) {
      pipeline_ = false;
      if (PQexitPipelineMode(connection_.get()) != 1 && !wrong) fail();
    }
    if (wrong) fail(wrong.get());
    if (PQstatus(connection_.get()) != CONNECTION_OK) fail();
  }

  std::unique_ptr<PGconn, close_connection> connection_;
  std::map<std::string, std::string, std::less<>> prepared_;
  int pending_ = 0;
  bool pipeline_ = false;
};

}  // namespace

std::unique_ptr<database> open_postgresql(const std::string& connection, const std::string& schema) {
  return std::make_unique<postgresql>(connection, schema);
}

}  // namespace cordboard::store
