// SPDX-License-Identifier: Apache-2.0
// The one interface over both databases. SQL is written once: what both understand, with $1, $2 for what is given.
#pragma once
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace cordboard::store {

/// Bytes that are no text: what is sealed.
struct blob {
  std::string bytes;
  friend bool operator==(const blob&, const blob&) = default;
};

/// What stands in a column: nothing, a whole number, a text, bytes.
using value = std::variant<std::monostate, std::int64_t, std::string, blob>;
using row = std::span<const value>;

/// An id, or a bit pattern, as the signed number that databases keep; 0, which is no id, as nothing.
inline value known(std::uint64_t id) { return id == 0 ? value{} : value{static_cast<std::int64_t>(id)}; }
inline value number(std::int64_t n) { return n; }
/// A column as a number; 0 where there is nothing.
inline std::int64_t number_of(const value& v) {
  const auto* n = std::get_if<std::int64_t>(&v);
  return n != nullptr ? *n : 0;
}
/// A column as a text or bytes; empty where there is nothing.
std::string text_of(const value& v);

/// A statement failed. An exception, since whatever fails inside a transaction ends all of it, and none of this is on a call's path.
class database_error : public std::runtime_error {
public:
  /// @param away  the database is not there now: asking again later is right
  database_error(const std::string& what, bool away) : std::runtime_error(what), away_(away) {}
  bool away() const { return away_; }

private:
  bool away_;
};

/// A connection.
///
/// @threads  one
/// @errors   every function throws database_error
class database {
public:
  virtual ~database() = default;
  database() = default;
  database(const database&) = delete;
  database& operator=(const database&) = delete;

  virtual std::string_view name() const = 0;
  /// Statements without parameters, in the words of schema.cpp.
  virtual void script(const std::string& sql) = 0;
  /// Changes rows. It may be carried out later, but before anything is read or committed: nobody waits for an answer to each.
  virtual void later(std::string_view sql, std::span<const value> with) = 0;
  void run(std::string_view sql, std::initializer_list<value> with) { later(sql, std::span(with.begin(), with.size())); }
  /// Changes rows now. @returns  how many
  virtual std::uint64_t change(std::string_view sql, std::initializer_list<value> with) = 0;
  /// Hands out rows one by one, as they come. The callback must not use this database; false: it has seen enough.
  void each(std::string_view sql, std::span<const value> with, const std::function<bool(row)>& to) {
    if (watch) watch(sql, with);
    rows(sql, with, to);
  }
  void each(std::string_view sql, std::initializer_list<value> with, const std::function<bool(row)>& to) {
    each(sql, std::span(with.begin(), with.size()), to);
  }
  /// The rows of a small answer.
  std::vector<std::vector<value>> all(std::string_view sql, std::initializer_list<value> with = {});
  /// The first column of the first row; nothing when there is none.
  value one(std::string_view sql, std::initializer_list<value> with = {});

  virtual void begin() = 0;
  /// Begins a transaction that sees the store as it is now, whatever others write meanwhile.
  virtual void begin_reading() = 0;
  virtual void commit() = 0;
  virtual void rollback() noexcept = 0;
  /// How it would answer.
  virtual std::string plan(const std::string& sql, std::span<const value> with) = 0;
  /// Whether what is stored is whole. @returns  what is wrong; empty: nothing
  virtual std::string damage() = 0;
  /// After an erasure: what was overwritten leaves the database's files, as far as the database can see to that.
  virtual void wipe() = 0;
  /// Writes a copy while others work. @param progress  parts done, of how many
  virtual void backup(const std::string& to, const std::function<void(std::uint64_t, std::uint64_t)>& progress) = 0;
  /// Hears of every question before it is asked; for whoever wants to know how it is answered.
  std::function<void(std::string_view sql, std::span<const value> with)> watch{};

protected:
  virtual void rows(std::string_view sql, std::span<const value> with, const std::function<bool(row)>& to) = 0;
};

/// Undone unless it is committed.
class transaction {
public:
  enum class kind { writes, reads };
  explicit transaction(database& in, kind what = kind::writes) : in_(&in) {
    what == kind::writes ? in.begin() : in.begin_reading();
  }
  ~transaction() {
    if (in_ != nullptr) in_->rollback();
  }
  transaction(const transaction&) = delete;
  transaction& operator=(const transaction&) = delete;
  void commit() {
    in_->commit();
    in_ = nullptr;
  }

private:
  database* in_;
};

/// What somebody opens a database for. `makes` also writes, and a file that is not there is made, mode 0600.
enum class purpose { reads, writes, makes };
std::unique_ptr<database> open_sqlite(const std::string& file, purpose what);
/// @param connection  as libpq takes it
/// @param schema      where the tables stand; letters and _
std::unique_ptr<database> open_postgresql(const std::string& connection, const std::string& schema = "cordboard");

/// Where a store is.
struct place {
  std::string path;        ///< SQLite's file
  std::string postgresql;  ///< else PostgreSQL's connection
  std::string key_file;    ///< the master key
  std::unique_ptr<database> open(purpose what) const {
    return postgresql.empty() ? open_sqlite(path, what) : open_postgresql(postgresql);
  }
};

}  // namespace cordboard::store
