// SPDX-License-Identifier: Apache-2.0
#include <gateway/static_files.hpp>

#include <array>
#include <filesystem>
#include <fstream>
#include <gateway/users.hpp>
#include <iterator>
#include <stdexcept>

namespace cordboard::gateway {
namespace {

namespace fs = std::filesystem;
constexpr std::uintmax_t bytes_max = std::uintmax_t{64} << 20;

std::string_view type_of(const fs::path& path) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 16> types{{
      {".html", "text/html; charset=utf-8"},
      {".js", "text/javascript; charset=utf-8"},
      {".mjs", "text/javascript; charset=utf-8"},
      {".css", "text/css; charset=utf-8"},
      {".json", "application/json"},
      {".map", "application/json"},
      {".svg", "image/svg+xml"},
      {".png", "image/png"},
      {".jpg", "image/jpeg"},
      {".ico", "image/x-icon"},
      {".webp", "image/webp"},
      {".woff2", "font/woff2"},
      {".txt", "text/plain; charset=utf-8"},
      {".webmanifest", "application/manifest+json"},
      {".wav", "audio/wav"},
      {".mp3", "audio/mpeg"},
  }};
  const std::string ending = path.extension().string();
  for (const auto& [known, type] : types)
    if (ending == known) return type;
  return "application/octet-stream";
}

std::shared_ptr<const std::string> content_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  auto all = std::make_shared<std::string>(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  if (!file && !file.eof()) throw std::runtime_error(path.string() + ": it cannot be read");
  return all;
}

}  // namespace

static_files::static_files(const std::string& folder) {
  if (folder.empty()) return;
  std::uintmax_t bytes = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file() || entry.is_symlink()) continue;
    bytes += entry.file_size();
    if (bytes > bytes_max) throw std::runtime_error(folder + ": more than 64 MiB is no console");
    auto path = entry.path();
    const auto ending = path.extension();
    const bool gzip = ending == ".gz", brotli = ending == ".br";
    if (gzip || brotli) path.replace_extension();
    stored& one = files_["/" + fs::relative(path, folder).generic_string()];
    const auto content = content_of(entry.path());
    (gzip ? one.gzip : brotli ? one.brotli : one.plain) = content;
    if (gzip || brotli) continue;
    one.type = type_of(path);
    one.tag = '"' + token_hash(*content).substr(0, 32) + '"';
  }
  // A packed file without its plain one cannot be served to all.
  std::erase_if(files_, [](const auto& one) { return one.second.plain == nullptr; });
}

std::optional<http_response> static_files::find(const http_request& asked) const {
  auto hit = files_.find(asked.path);
  if (hit == files_.end() && asked.path.find('.') == std::string::npos) hit = files_.find("/index.html");
  if (hit == files_.end()) return std::nullopt;
  const stored& file = hit->second;
  http_response out;
  out.content_type = file.type;
  // Names under /assets/ change with what they name.
  const bool named_by_content = asked.path.starts_with("/assets/");
  out.headers = {{"ETag", file.tag},
                 {"Cache-Control", named_by_content ? "public, max-age=31536000, immutable" : "no-cache"},
                 {"Vary", "Accept-Encoding"}};
  if (asked.if_none_match == file.tag) {
    out.status = 304;
    return out;
  }
  const auto accepts = [&](std::string_view what) { return asked.accept_encoding.find(what) != std::string::npos; };
  out.body = file.plain;
  if (file.brotli && accepts("br")) {
    out.body = file.brotli;
    out.headers.emplace_back("Content-Encoding", "br");
  } else if (file.gzip && accepts("gzip")) {
    out.body = file.gzip;
    out.headers.emplace_back("Content-Encoding", "gzip");
  }
  return out;
}

}  // namespace cordboard::gateway
