// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <sodium.h>
#include <store/follower.hpp>
#include <store/rebuild.hpp>
#include <store/schema.hpp>
#include <unistd.h>

namespace cordboard::store {
namespace {

constexpr std::size_t named_max = 20;

log_reader open_log(const std::string& log) {
  auto from = log_reader::open(log, {.copy_archive = true});
  if (!from) throw database_error(fmt::format("{}: {}", log, from.error().message()), false);
  return std::move(*from);
}

/// The oldest event that the log has; what began before is known to the store alone.
std::uint64_t edge_of(log_reader& from) {
  const auto oldest = from.oldest();
  if (!oldest) throw database_error(fmt::format("the log: {}", oldest.error().message()), false);
  return std::max<std::uint64_t>(*oldest, 1);
}

/// @returns  events that were applied here
std::uint64_t fill(database& in, vault& keys, log_reader& from, std::uint64_t until, std::uint64_t edge, const progress& tell) {
  std::uint64_t all = 0;
  while (position_of(in) < until) {
    follower rows(in, keys, from);
    try {
      while (rows.position() < until) {
        const std::uint64_t some = rows.step(until);
        if (some == 0) return all;
        all += some;
        tell(rows.position() - std::min(edge, rows.position()), until - edge);
      }
    } catch (const database_error& wrong) {
      // Another process fills it as well: that is the same rows, and less work.
      if (position_of(in) <= rows.position()) throw;
    }
  }
  return all;
}

/// Rows as a number: equal sets of rows have equal sums.
struct digest {
  std::uint64_t rows = 0, sum = 0;
  friend bool operator==(const digest&, const digest&) = default;
};

std::string spelled(row r) {
  std::string out;
  for (const value& v : r) {
    const std::string text = text_of(v);
    out += fmt::format("{}:{}:", v.index(), text.size());
    out += text;
  }
  return out;
}

digest digest_of(database& in, const folded_table& table) {
  digest out;
  in.each(fmt::format("SELECT * FROM {} WHERE {} > 0", table.name, table.sequence), std::initializer_list<value>{}, [&](row r) {
    const std::string text = spelled(r);
    std::uint64_t one = 0;
    crypto_generichash(reinterpret_cast<unsigned char*>(&one), sizeof one, reinterpret_cast<const unsigned char*>(text.data()),
                       text.size(), nullptr, 0);
    out.sum += one;
    ++out.rows;
    return true;
  });
  return out;
}

/// Which rows: both in the order of their keys, a page at a time.
void name_differences(database& live, database& fresh, const folded_table& table, comparison& out) {
  const std::string sql = fmt::format("SELECT * FROM {} WHERE {} > 0 ORDER BY {}", table.name, table.sequence, table.key);
  std::vector<std::string> here, there;
  const auto read = [&](database& from, std::vector<std::string>& to) {
    from.each(sql, std::initializer_list<value>{}, [&](row r) {
      to.push_back(spelled(r));
      return to.size() < 1'000'000;
    });
    std::sort(to.begin(), to.end());
  };
  read(live, here);
  read(fresh, there);
  std::vector<std::string> only;
  std::set_symmetric_difference(here.begin(), here.end(), there.begin(), there.end(), std::back_inserter(only));
  out.differing += std::max<std::size_t>(only.size(), 1);
  for (const std::string& one : only) {
    if (out.first.size() >= named_max) return;
    const bool in_store = std::binary_search(here.begin(), here.end(), one);
    out.first.push_back(
        fmt::format("{} {}: {}", in_store ? "only in the store:" : "only from the log:", table.name, one.substr(0, 60)));
  }
}

/// A database that is gone when this is.
class beside {
public:
  explicit beside(const place& where) : where_(where) {
    const std::string mine = fmt::format("check_{}", static_cast<long>(::getpid()));
    if (where.postgresql.empty()) {
      name_ = fmt::format("{}.{}", where.path, mine);
      remove();
      in_ = open_sqlite(name_, purpose::makes);
    } else {
      name_ = "cordboard_" + mine;
      in_ = open_postgresql(where.postgresql, name_);
    }
  }
  ~beside() {
    in_.reset();
    remove();
  }
  beside(const beside&) = delete;
  beside& operator=(const beside&) = delete;
  database& operator*() const { return *in_; }

private:
  void remove() noexcept {
    if (where_.postgresql.empty()) {
      for (const char* ending : {"", "-wal", "-shm"}) ::unlink((name_ + ending).c_str());
      return;
    }
    try {
      open_postgresql(where_.postgresql)->script(fmt::format("DROP SCHEMA IF EXISTS {} CASCADE", name_));
    } catch (const database_error&) {
      // It is told by its name what it is; the next start of the server finds it.
    }
  }
  place where_;
  std::string name_;
  std::unique_ptr<database> in_;
};

}  // namespace

std::uint64_t rebuild(const place& where, const std::string& log, const progress& tell) {
  const auto in = where.open(purpose::makes);
  migrate(*in);
  auto keys = vault::open(*in, read_master(where.key_file), true);
  auto from = open_log(log);
  const std::uint64_t edge = edge_of(from);
  const auto newest = from.newest();
  if (!newest) throw database_error(fmt::format("the log: {}", newest.error().message()), false);
  transaction emptied(*in);
  const auto tables = folded_tables();
  for (auto table = tables.rbegin(); table != tables.rend(); ++table)
    in->change(fmt::format("DELETE FROM {} WHERE {} >= $1", table->name, table->sequence), {known(edge)});
  in->change("UPDATE meta SET value = $1 WHERE name = 'position'", {static_cast<std::int64_t>(edge - 1)});
  emptied.commit();
  const std::uint64_t applied = fill(*in, keys, from, *newest, edge, tell);
  return applied;
}

comparison verify(const place& where, const std::string& log, const progress& tell) {
  const auto live = where.open(purpose::reads);
  expect_version(*live);
  auto keys = vault::open(*live, read_master(where.key_file), false);
  auto from = open_log(log);
  transaction still(*live, transaction::kind::reads);
  comparison out;
  out.position = position_of(*live);
  const std::uint64_t edge = edge_of(from);
  const beside fresh(where);
  migrate(*fresh);
  {
    transaction first(*fresh);
    keys.copy_keys(*live, *fresh);
    // What began before the log's oldest event is taken along; what the log says of it is then applied once more, and changes nothing.
    for (const folded_table& table : folded_tables()) {
      live->each(fmt::format("SELECT * FROM {} WHERE {} > 0 AND {} < $1", table.name, table.sequence, table.sequence),
                 {known(edge)}, [&](row r) {
                   std::string places;
                   for (std::size_t i = 0; i < r.size(); ++i) places += fmt::format("{}${}", i == 0 ? "" : ", ", i + 1);
                   (*fresh).later(fmt::format("INSERT INTO {} VALUES ({})", table.name, places), r);
                   return true;
                 });
    }
    // What was let go is let go there as well.
    live->each("SELECT request, at, texts FROM expired", std::initializer_list<value>{}, [&](row r) {
      (*fresh).later("INSERT INTO expired (request, at, texts) VALUES ($1, $2, $3)", r);
      return true;
    });
    (*fresh).change("UPDATE meta SET value = 0 WHERE name = 'refold'", {});
    (*fresh).change("UPDATE meta SET value = $1 WHERE name = 'position'", {static_cast<std::int64_t>(edge - 1)});
    first.commit();
  }
  fill(*fresh, keys, from, out.position, edge, tell);
  for (const folded_table& table : folded_tables()) {
    const digest here = digest_of(*live, table), there = digest_of(*fresh, table);
    out.rows += here.rows;
    if (here != there) name_differences(*live, *fresh, table, out);
  }
  return out;
}

}  // namespace cordboard::store
