// SPDX-License-Identifier: Apache-2.0
// A console's folder, read once: what is not in this list is not served, so no path leads anywhere else.
#pragma once
#include <gateway/http.hpp>
#include <map>

namespace cordboard::gateway {

class static_files {
public:
  /// Reads the folder. @errors  throws std::runtime_error: it cannot be read, or is larger than 64 MiB
  explicit static_files(const std::string& folder);
  /// The file at a path, an answer that it is unchanged, or nothing. A path without a dot is a page of the console: index.html.
  std::optional<http_response> find(const http_request& asked) const;

private:
  struct stored {
    std::shared_ptr<const std::string> plain, gzip, brotli;
    std::string type, tag;
  };
  std::map<std::string, stored, std::less<>> files_;
};

}  // namespace cordboard::gateway
