// SPDX-License-Identifier: Apache-2.0
#include <door/attached.hpp>

namespace cordboard::bindings {

result<std::shared_ptr<door>> attach(const std::string& path, diagnostics& why) {
  auto connected = client::attach(path, &why);
  if (!connected) return tl::unexpected(connected.error());
  return std::make_shared<attached>(std::move(*connected));
}

}  // namespace cordboard::bindings
