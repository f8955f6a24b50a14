// SPDX-License-Identifier: Apache-2.0
// SQLite: statements are prepared once and kept. WAL, so that readers and the one writer do not wait for each other.
#include <fcntl.h>
#include <fmt/format.h>
#include <map>
#include <sqlite3.h>
#include <store/database.hpp>
#include <sys/stat.h>
#include <unistd.h>

namespace cordboard::store {
namespace {

constexpr int busy_ms = 10'000;

struct close_database {
  void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
};
struct finalize {
  void operator()(sqlite3_stmt* s) const { sqlite3_finalize(s); }
};
using statement = std::unique_ptr<sqlite3_stmt, finalize>;

/// A statement in use; it is ready for the next one when this ends.
struct in_use {
  sqlite3_stmt* s;
  ~in_use() {
    sqlite3_reset(s);
    sqlite3_clear_bindings(s);
  }
};

value column(sqlite3_stmt* s, int at) {
  const auto bytes = [&](const void* from) {
    return from == nullptr ? std::string()
                           : std::string(static_cast<const char*>(from), static_cast<std::size_t>(sqlite3_column_bytes(s, at)));
  };
  switch (sqlite3_column_type(s, at)) {
    case SQLITE_INTEGER: return sqlite3_column_int64(s, at);
    case SQLITE_TEXT: return bytes(sqlite3_column_text(s, at));
    case SQLITE_BLOB: return blob{bytes(sqlite3_column_blob(s, at))};
    default: return {};
  }
}

class sqlite final : public database {
public:
  sqlite(const std::string& file, purpose what) : file_(file) {
    const bool write = what != purpose::reads;
    if (what != purpose::makes && ::access(file.c_str(), F_OK) != 0)
      throw database_error(file + ": no store is there; cordboard store run, or rebuild, makes one", false);
    // Made by us, since SQLite would take the process's umask: a store is for its owner alone.
    if (what == purpose::makes) {
      const int made = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
      if (made < 0)
        throw database_error(fmt::format("{}: {}", file, std::error_code(errno, std::generic_category()).message()), true);
      ::close(made);
    }
    sqlite3* db = nullptr;
    const int wrong = sqlite3_open_v2(file.c_str(), &db, write ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY, nullptr);
    db_.reset(db);
    if (wrong != SQLITE_OK) fail();
    sqlite3_extended_result_codes(db, 1);
    sqlite3_busy_timeout(db, busy_ms);
    // What is deleted is overwritten, so that a destroyed key is gone.
    plain(
        "PRAGMA foreign_keys=ON; PRAGMA secure_delete=ON; PRAGMA cache_size=-65536; PRAGMA mmap_size=268435456; PRAGMA "
        "trusted_schema=OFF");
    if (write) plain("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA wal_autocheckpoint=4000");
  }

  std::string_view name() const override { return "SQLite"; }
  void script(const std::string& sql) override { plain(sql); }
  void later(std::string_view sql, std::span<const value> with) override {
    const in_use s{bound(sql, with)};
    step(s.s);
  }
  std::uint64_t change(std::string_view sql, std::initializer_list<value> with) override {
    const in_use s{bound(sql, {with.begin(), with.size()})};
    step(s.s);
    return static_cast<std::uint64_t>(sqlite3_changes64(db_.get()));
  }
  void rows(std::string_view sql, std::span<const value> with, const std::function<bool(row)>& to) override {
    const in_use s{bound(sql, with)};
    std::vector<value> out(static_cast<std::size_t>(sqlite3_column_count(s.s)));
    while (step(s.s)) {
      for (std::size_t i = 0; i < out.size(); ++i) out[i] = column(s.s, static_cast<int>(i));
      if (!to(out)) break;
    }
  }

  void begin() override { plain("BEGIN IMMEDIATE"); }
  void begin_reading() override {
    plain("BEGIN");
    one("SELECT COUNT(*) FROM sqlite_schema");  // only a first look takes the snapshot
  }
  void commit() override { plain("COMMIT"); }
  void rollback() noexcept override { sqlite3_exec(db_.get(), "ROLLBACK", nullptr, nullptr, nullptr); }

  std::string plan(const std::string& sql, std::span<const value> with) override {
    std::string out;
    each("EXPLAIN QUERY PLAN " + sql, with, [&](row r) {
      out += text_of(r[3]) + '\n';
      return true;
    });
    return out;
  }
  std::string damage() override {
    std::string said = text_of(one("PRAGMA quick_check(1)"));
    if (said != "ok") return said;
    const auto orphan = all("PRAGMA foreign_key_check");
    return orphan.empty() ? std::string()
                          : fmt::format("a row of {} belongs to none of {}", text_of(orphan[0][0]), text_of(orphan[0][2]));
  }

  void wipe() override { all("PRAGMA wal_checkpoint(TRUNCATE)"); }
  void backup(const std::string& to, const std::function<void(std::uint64_t, std::uint64_t)>& progress) override {
    const std::string half = to + ".part";
    ::unlink(half.c_str());
    {
      sqlite copy(half, purpose::makes);
      sqlite3_backup* work = sqlite3_backup_init(copy.db_.get(), "main", db_.get(), "main");
      if (work == nullptr) copy.fail();
      int result = SQLITE_OK;
      // In pieces: the writer is let in between, and its pages are taken along.
      do {
        result = sqlite3_backup_step(work, 1024);
        const auto all_pages = static_cast<std::uint64_t>(sqlite3_backup_pagecount(work));
        progress(all_pages - static_cast<std::uint64_t>(sqlite3_backup_remaining(work)), all_pages);
        if (result == SQLITE_BUSY || result == SQLITE_LOCKED) sqlite3_sleep(20);
      } while (result == SQLITE_OK || result == SQLITE_BUSY || result == SQLITE_LOCKED);
      sqlite3_backup_finish(work);
      if (result != SQLITE_DONE) copy.fail();
      // One file, whole by itself.
      copy.plain("PRAGMA journal_mode=DELETE");
      if (const auto wrong = copy.damage(); !wrong.empty()) throw database_error(half + ": " + wrong, false);
    }
    if (::rename(half.c_str(), to.c_str()) != 0)
      throw database_error(fmt::format("{}: {}", to, std::error_code(errno, std::generic_category()).message()), false);
  }

private:
  [[noreturn]] void fail() const {
    const int code = db_ ? sqlite3_extended_errcode(db_.get()) : SQLITE_NOMEM;
    const int plain_code = code & 0xFF;
    const bool away = plain_code == SQLITE_BUSY || plain_code == SQLITE_LOCKED || plain_code == SQLITE_IOERR ||
                      plain_code == SQLITE_FULL || plain_code == SQLITE_CANTOPEN || plain_code == SQLITE_READONLY;
    throw database_error(fmt::format("{}: {}", file_, db_ ? sqlite3_errmsg(db_.get()) : "no memory"), away);
  }
  void plain(const std::string& sql) {
    if (sqlite3_exec(db_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) fail();
  }
  bool step(sqlite3_stmt* s) const {
    const int result = sqlite3_step(s);
    if (result != SQLITE_ROW && result != SQLITE_DONE) fail();
    return result == SQLITE_ROW;
  }
  sqlite3_stmt* bound(std::string_view sql, std::span<const value> with) {
    auto it = prepared_.find(sql);
    if (it == prepared_.end()) {
      sqlite3_stmt* made = nullptr;
      if (sqlite3_prepare_v3(db_.get(), sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &made, nullptr) !=
          SQLITE_OK)
        fail();
      it = prepared_.emplace(std::string(sql), statement(made)).first;
    }
    sqlite3_stmt* s = it->second.get();
    for (std::size_t i = 0; i < with.size(); ++i) {
      const int at = sqlite3_bind_parameter_index(s, fmt::format("${}", i + 1).c_str());
      if (at != 0) bind(s, at, with[i]);
    }
    return s;
  }
  void bind(sqlite3_stmt* s, int at, const value& v) const {
    int result = SQLITE_OK;
    if (const auto* n = std::get_if<std::int64_t>(&v)) result = sqlite3_bind_int64(s, at, *n);
    // Whoever gave the values keeps them until the statement has ended.
    if (const auto* text = std::get_if<std::string>(&v))
      result = sqlite3_bind_text64(s, at, text->data(), text->size(), SQLITE_STATIC, SQLITE_UTF8);
    if (const auto* bytes = std::get_if<blob>(&v))
      result = sqlite3_bind_blob64(s, at, bytes->bytes.data(), bytes->bytes.size(), SQLITE_STATIC);
    if (result != SQLITE_OK) fail();
  }

  std::string file_;
  std::unique_ptr<sqlite3, close_database> db_;
  std::map<std::string, statement, std::less<>> prepared_;
};

}  // namespace

std::unique_ptr<database> open_sqlite(const std::string& file, purpose what) { return std::make_unique<sqlite>(file, what); }

}  // namespace cordboard::store
