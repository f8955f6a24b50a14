// SPDX-License-Identifier: Apache-2.0
// What the lists of figures share: their words, in English and Chinese.
#pragma once
#include <figures/definition.hpp>

namespace cordboard::figures {

struct texts {
  std::string_view en{}, zh{};
};

inline constexpr texts nothing{};
inline constexpr texts consultations{"calls that an operator makes to ask somebody about a caller", "话务员为来电人发起的咨询"};
inline constexpr texts when_begun{"in which the call began", "通话开始的时段"};
inline constexpr texts when_entered{"in which the caller entered the queue", "来电进入队列的时段"};
inline constexpr texts when_offered{"in which the caller entered the queue; without one, in which the operator got the caller",
                                    "来电进入队列的时段;未经队列的,为话务员接到来电的时段"};
inline constexpr texts when_happened{"in which it happened", "发生的时段"};
inline constexpr texts shared_out{"shared out among the intervals that it overlaps", "按与各时段的重叠分摊"};

inline figure describe(std::string_view name, figure_unit unit, texts title, texts over, texts under, texts but, texts when) {
  return {name, 1, unit, {title.en, title.zh}, {over.en, over.zh}, {under.en, under.zh}, {but.en, but.zh}, {when.en, when.zh}};
}

}  // namespace cordboard::figures
