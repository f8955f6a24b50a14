// SPDX-License-Identifier: Apache-2.0
// What a phone does, as the dialog event package tells it (RFC 4235): application/dialog-info+xml, written and read. Knows nothing of
// SIP's parser; what is read comes from others, and is bounded.
#pragma once
#include <call/facts.hpp>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace cordboard::sip {

/// One line of a phone. With whom it talks is told to nobody.
struct phone_dialog {
  std::uint64_t id = 0;
  bool called = false;  ///< it rings, or rang; else it calls
  bool up = false;      ///< it talks
  friend bool operator==(const phone_dialog&, const phone_dialog&) = default;
};

inline constexpr const char* dialog_info_type = "application/dialog-info+xml";

/// The document of a phone, all of it. @param entity  its URI
std::string write_dialog_info(std::string_view entity, std::uint32_t version, const std::vector<phone_dialog>& dialogs);

/// An extension as another exchange tells it, document by document.
class watched_state {
public:
  /// @returns  false: it is no such document, an older one, or a part of one that we do not have
  bool take(std::string_view document);
  presence_state now() const;
  void forget() { *this = watched_state(); }

private:
  bool known_ = false;
  std::uint32_t version_ = 0;
  std::map<std::string, presence_state> dialogs_;  ///< those that are not over, by id
};

}  // namespace cordboard::sip
