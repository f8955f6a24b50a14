// SPDX-License-Identifier: Apache-2.0
// The way out, by HTTP and SMTP; the only file of src that includes libcurl is its source.
#pragma once
#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace cordboard::outbox {

/// What a server said. `status` 0: nobody did, and `said` is why.
struct answer {
  long status = 0;
  std::string said;  ///< the body, 64 KiB at most, or the last line of SMTP
  bool good() const { return status >= 200 && status < 300; }
};

/// One connection after the other, kept open where the server allows it.
///
/// @threads  one thread at a time
class transfer {
public:
  explicit transfer(std::chrono::nanoseconds timeout);

  answer post(const std::string& url, const std::string& content_type, const std::vector<std::string>& headers,
              const std::string& body);
  answer get(const std::string& url);
  answer mail(const std::string& server, const std::string& user, const std::string& password, const std::string& from,
              const std::string& to, const std::string& message);

private:
  struct handle;
  struct release {
    void operator()(handle* one) const;
  };
  void begin(const std::string& url, const char* protocols);
  answer finish();
  std::chrono::nanoseconds timeout_;
  std::unique_ptr<handle, release> handle_;
};

}  // namespace cordboard::outbox
