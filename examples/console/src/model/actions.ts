// SPDX-License-Identifier: Apache-2.0
// What can be done now, each with the command that does it. The board has the last word; here it is only known what would be refused anyway.

import type { CommandName, Commands, House, OperatorId } from "cordboard";
import { connectionOf, type Mine } from "./calls.js";

export interface Given<Name extends CommandName = CommandName> {
  name: Name;
  fields: Commands[Name];
}
const give = <Name extends CommandName>(name: Name, fields: Commands[Name]): Given => ({ name, fields }) as Given;

export interface Target {
  number: string;
  device?: string | undefined;
}

export type ActionId =
  | "answer" | "hold" | "retrieve" | "consult" | "caller_yes" | "caller_no" | "target_yes" | "target_no" | "transfer" | "alternate" | "reconnect"
  | "conference" | "park" | "blind" | "hang_up" | "ready" | "not_ready" | "wrap_up" | "sign_in" | "sign_out" | "unpark";

export interface Look {
  house: House;
  me: OperatorId | undefined;
  mine: Mine;
  /** a waiting caller whom the operator has chosen */
  waiting: string | undefined;
  /** a parked caller, likewise */
  parked: string | undefined;
  /** whom the directory shows as chosen */
  target: Target | undefined;
}

/** The commands that can be given now; what is not in it cannot. */
export function actions({ house, me, mine, waiting, parked, target }: Look): Partial<Record<ActionId, Given>> {
  const out: Partial<Record<ActionId, Given>> = {};
  const operator = me ? house.operators[me] : undefined;
  if (!me || !operator) return out;
  const { offered, call, consultation } = mine;
  const state = operator.state ?? "null";
  if (state === "null") return { sign_in: give("log_on", { operator: me }) };
  out.sign_out = give("log_off", { operator: me });
  if (state !== "ready" && !(state === "busy" && operator.after === "ready")) out.ready = give("ready", { operator: me });
  out.not_ready = give("not_ready", { operator: me });
  if (state !== "working_after_call") out.wrap_up = give("work_after_call", { operator: me });

  if (offered && !connectionOf(offered, me)) out.answer = give("answer", { call: offered.id, operator: me });
  else if (!offered && waiting && state !== "busy") out.answer = give("pickup", { call: waiting, operator: me });
  if (parked && state !== "busy") out.unpark = give("unpark", { call: parked, operator: me });

  const to = target && (target.device ? { device: target.device } : { text: target.number });
  if (!call) {
    if (to && state !== "busy") out.consult = give("make_call", { operator: me, ...to });
    return out;
  }
  const line = connectionOf(call, me);
  const asked = consultation ? connectionOf(consultation, me) : undefined;
  const step = call.transfer?.state;
  const talking = line?.state === "connected" && !call.parent;
  if (line && !consultation) {
    out.hang_up = give("clear_connection", { call: call.id, leg: line.leg });
    if (talking && !step) out.hold = give("hold", { call: call.id });
    if (line.state === "hold") out.retrieve = give("retrieve", { call: call.id });
    if (call.caller && (talking || line.state === "hold")) out.park = give("park", { call: call.id });
    if (call.caller && talking && to) {
      out.consult = give("consult", { call: call.id, ...to });
      out.blind = give("single_step_transfer", { call: call.id, ...to });
    }
  }
  if (call.caller && line) {
    out.caller_yes = give("declare_consent", { call: call.id, detail: 1, consent: "yes" });
    out.caller_no = give("declare_consent", { call: call.id, detail: 1, consent: "no" });
  }
  if (consultation && line) {
    const pair = { call: call.id, other: consultation.id };
    if (step === "asking" || step === "consents") out.reconnect = give("reconnect", pair);
    if (step === "asking" && asked) out.transfer = give("transfer_ringing", pair);
    if (step === "consents") {
      out.target_yes = give("declare_consent", { call: call.id, detail: 2, consent: "yes" });
      out.target_no = give("declare_consent", { call: call.id, detail: 2, consent: "no" });
      out.transfer = give("transfer", pair);
      out.conference = give("conference", pair);
      const heldFirst = line.state === "hold";
      out.alternate = give("alternate", heldFirst ? { call: consultation.id, other: call.id } : { call: call.id, other: consultation.id });
    }
  }
  return out;
}
