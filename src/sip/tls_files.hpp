// SPDX-License-Identifier: Apache-2.0
// Our certificate, its key and those whom we believe, as the library wants them: two files of its own names in one folder. The
// folder holds links to memory, so that no second copy of the key comes to a disk; it is gone once the transport is bound.
#pragma once
#include <cordboard/config.hpp>
#include <string>

namespace cordboard::sip {

class tls_files {
public:
  /// @errors  throws std::invalid_argument that names the file and what is wrong with it: it cannot be read, others may read the
  ///          key, it is not PEM, the key is another certificate's, the certificate has run out; std::system_error when the
  ///          folder cannot be made
  explicit tls_files(const sip_config& from);
  ~tls_files();
  tls_files(const tls_files&) = delete;
  tls_files& operator=(const tls_files&) = delete;

  const std::string& folder() const { return folder_; }

private:
  void put(const char* name, int& memory, const std::string& text);
  void remove();

  std::string folder_;
  int agent_ = -1, believed_ = -1;
};

}  // namespace cordboard::sip
