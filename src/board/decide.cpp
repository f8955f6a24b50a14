// SPDX-License-Identifier: Apache-2.0
#include <board/decision.hpp>

namespace cordboard {

batch decide(const board_state& state, const input& in) {
  decision d(state, in);
  if (const auto* f = std::get_if<any_fact>(&in.what)) decide_fact(d, *f);
  if (const auto* c = std::get_if<command>(&in.what)) decide_command(d, *c);
  if (std::holds_alternative<tick>(in.what)) decide_tick(d);
  if (const auto* house = std::get_if<house_config>(&in.what)) decide_house(d, *house);
  return d.finish();
}

}  // namespace cordboard
