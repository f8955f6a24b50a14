// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>

namespace cordboard::gateway {

/// OpenAPI 3.1 and AsyncAPI 3.0, made from the schema.
extern const std::string_view openapi_document, asyncapi_document;

}  // namespace cordboard::gateway
