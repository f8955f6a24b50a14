// SPDX-License-Identifier: Apache-2.0
#include <gateway/users.hpp>

#include <algorithm>
#include <array>
#include <config/tables.hpp>
#include <gateway/whole_file.hpp>
#include <sodium.h>
#include <stdexcept>

namespace cordboard::gateway {
namespace {

namespace c = cordboard::settings;
using type = c::key_type;
using c::value;

constexpr std::array user_keys{
    c::key<login>{{"name", type::name, "!", 1, 64, "", "what the user logs on with", "登录名"},
                  [](login& u, const value& v) { u.name = v.text; }},
    c::key<login>{{"as", type::name, "", 0, 64, "", "name of the [[user]] of the house; empty: the same", "总机配置中的用户名"},
                  [](login& u, const value& v) { u.as = v.text; }},
    c::key<login>{{"password", type::secret, "!", 1, 256, "", "Argon2id", "密码散列(Argon2id)"},
                  [](login& u, const value& v) { u.password = v.text; }},
};
constexpr std::array token_keys{
    c::key<program_token>{{"name", type::name, "!", 1, 64, "", "what people call the program", "程序名称"},
                          [](program_token& t, const value& v) { t.name = v.text; }},
    c::key<program_token>{
        {"as", type::name, "", 0, 64, "", "name of the [[user]] of the house; empty: the same", "总机配置中的用户名"},
        [](program_token& t, const value& v) { t.as = v.text; }},
    c::key<program_token>{{"hash", type::secret, "!", 64, 64, "", "SHA-256 of the token", "令牌散列"},
                          [](program_token& t, const value& v) { t.hash = v.text; }},
};
const c::table<login> user_table{"user", true, "a person who logs on", "登录用户", user_keys};
const c::table<program_token> token_table{"token", true, "a program's token", "程序令牌", token_keys};

class reader : c::table_reader {
public:
  using table_reader::table_reader;
  loaded_users read(const toml::table& file) {
    loaded_users out;
    known_tables(file, {user_table.name, token_table.name});
    take(many(file, user_table), out.value.people, user_table.name);
    take(many(file, token_table), out.value.programs, token_table.name);
    by_line();
    out.problems = std::move(problems_);
    return out;
  }

private:
  template <class Row>
  void take(std::vector<c::entry<Row>> rows, std::vector<Row>& into, std::string_view table) {
    for (auto& row : rows) {
      const bool twice = std::any_of(into.begin(), into.end(), [&](const Row& one) { return one.name == row.value.name; });
      if (twice)
        tell(row.of("name"), fmt::format("{}.name", table), c::quoted(row.value.name), {"a name of its own", "不重复的名称"});
      if (row.value.as.empty()) row.value.as = row.value.name;
      into.push_back(std::move(row.value));
    }
  }
};

/// As a TOML basic string; names hold no control characters.
std::string toml_text(std::string_view text) {
  std::string out = "\"";
  for (const char one : text) {
    if (one == '"' || one == '\\') out += '\\';
    out += one;
  }
  return out + '"';
}

std::string base64url(const unsigned char* bytes, std::size_t size) {
  constexpr int variant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
  std::string out(sodium_base64_encoded_len(size, variant), '\0');
  sodium_bin2base64(out.data(), out.size(), bytes, size, variant);
  out.resize(out.find('\0'));
  return out;
}

/// What a name that nobody has is compared with.
const std::string& nobodys_hash() {
  static const std::string hash = password_hash("nobody");
  return hash;
}

}  // namespace

const login* users::person(std::string_view name) const {
  const auto hit = std::find_if(people.begin(), people.end(), [&](const login& u) { return u.name == name; });
  return hit == people.end() ? nullptr : &*hit;
}

const program_token* users::program(std::string_view token) const {
  const std::string hash = token_hash(token);
  const auto hit =
      std::find_if(programs.begin(), programs.end(), [&](const program_token& t) { return same_secret(t.hash, hash); });
  return hit == programs.end() ? nullptr : &*hit;
}

loaded_users load_users(const std::string& path) {
  loaded_users out;
  auto problems = c::read_toml_file(path, c::script_bytes_max, [&](const toml::table& file) {
    out = reader(c::folder_of(path)).read(file);
    return std::move(out.problems);
  });
  out.problems = std::move(problems);
  return out;
}

std::error_code save_users(const std::string& path, const users& all) {
  std::string text =
      "# Written by cordboard gateway user and token; what each may do stands in the board's own configuration.\n";
  for (const auto& u : all.people)
    text += fmt::format("\n[[user]]\nname = {}\nas = {}\npassword = {}\n", toml_text(u.name), toml_text(u.as),
                        toml_text(u.password));
  for (const auto& t : all.programs)
    text += fmt::format("\n[[token]]\nname = {}\nas = {}\nhash = {}\n", toml_text(t.name), toml_text(t.as), toml_text(t.hash));
  return write_private(path, text);
}

std::string password_hash(const std::string& password) {
  std::array<char, crypto_pwhash_STRBYTES> out{};
  if (sodium_init() < 0 || crypto_pwhash_str(out.data(), password.data(), password.size(), crypto_pwhash_OPSLIMIT_INTERACTIVE,
                                             crypto_pwhash_MEMLIMIT_INTERACTIVE) != 0)
    throw std::runtime_error("no memory to hash a password");
  return out.data();
}

bool password_fits(const std::string& password, const std::string& hash) {
  const std::string& against = hash.empty() ? nobodys_hash() : hash;
  const bool fits = sodium_init() >= 0 && crypto_pwhash_str_verify(against.c_str(), password.data(), password.size()) == 0;
  return fits && !hash.empty();
}

std::string fresh_token(std::string_view beginning) {
  std::array<unsigned char, 32> bytes{};
  if (sodium_init() < 0) throw std::runtime_error("libsodium does not start");
  randombytes_buf(bytes.data(), bytes.size());
  return std::string(beginning) + base64url(bytes.data(), bytes.size());
}

std::string token_hash(std::string_view token) {
  std::array<unsigned char, crypto_hash_sha256_BYTES> hash{};
  crypto_hash_sha256(hash.data(), reinterpret_cast<const unsigned char*>(token.data()), token.size());
  std::array<char, 2 * crypto_hash_sha256_BYTES + 1> out{};
  return sodium_bin2hex(out.data(), out.size(), hash.data(), hash.size());
}

std::string csrf_of(std::string_view token) {
  constexpr std::string_view purpose = "cordboard csrf";
  std::array<unsigned char, crypto_auth_hmacsha256_BYTES> mac{};
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, reinterpret_cast<const unsigned char*>(token.data()), token.size());
  crypto_auth_hmacsha256_update(&state, reinterpret_cast<const unsigned char*>(purpose.data()), purpose.size());
  crypto_auth_hmacsha256_final(&state, mac.data());
  return base64url(mac.data(), mac.size());
}

bool same_secret(std::string_view a, std::string_view b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace cordboard::gateway
