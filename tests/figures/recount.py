# SPDX-License-Identifier: Apache-2.0
"""Every figure computed once more, from the raw log and by whole columns: another program for the same meaning.

A table for each kind of thing (calls, waits, times with an operator, offers, transfers, ...), a row for each of them, with when it was
offered (`at`), its queue, operator and device; the figures are sums over rows. Nothing of src/figures is used.
"""
from __future__ import annotations

from typing import Any, Callable

import numpy as np
import pandas as pd
from cordboard import (AttemptOutcome, Cause, Consent, Custodian, DeviceKind, EventKind, Layer, Mark, OperatorState, PartyRole, QueueResult,
                       RequestStatus, RequestTime, ToldOf, TransferResult)

Frame = pd.DataFrame
NONE = np.iinfo(np.int64).max
OVER = [int(Custodian.ENDED), int(Custodian.REQUEST)]  # who will be called back has left the line, too
COLUMNS = ["sequence", "time_ns", "kind", "flags", "cause", "layer", "state", "detail", "custodian", "consent", "call", "leg",
           "party", "other", "device", "operator", "queue", "value", "request", "command_low"]


def looked_up(table: pd.Series, keys: Any, otherwise: int = 0) -> np.ndarray[Any, Any]:
    """What a table has for each key, in the table's own type."""
    known = table.to_dict()
    return np.array([known.get(key, otherwise) for key in keys.tolist()], table.dtype)


def zip_tables(each: list[list[list[dict[str, Any]]]]) -> list[list[dict[str, Any]]]:
    """Of each, rows of several tables; the rows of each table."""
    return [[row for one in each for row in one[table]] for table in range(5)]


class House:
    """The tables of a log."""

    def __init__(self, slots: np.ndarray[Any, Any], kinds: dict[int, tuple[str, list[str]]] | None = None) -> None:
        """kinds: of requests, by number: the word, and the results."""
        self.kinds = kinds or {}
        # What is practised is no figure.
        slots = slots[(slots["sequence"] != 0) & (slots["marks"] & int(Mark.DRILL | Mark.SELF_TEST) == 0)]
        self.events = Frame({name: slots[name] for name in COLUMNS})
        self.events["sequence"] = self.events["sequence"].astype("int64")
        self.last_time = int(self.events["time_ns"].iloc[-1])
        self.calls = self.all_calls = self.make_calls()
        self.consultations = set(self.calls.index[self.calls["parent"] != 0].tolist())
        self.custody = self.make_custody()
        self.waits = self.make_waits()
        self.stays = self.make_stays()
        self.transfers = self.make_transfers()
        self.calls = self.finish_calls(self.calls)
        self.offers = self.make_offers()
        self.positions = self.make_positions()
        self.devices = self.make_devices()
        self.wraps = self.make_wraps()
        self.talks = self.stays[self.stays["custodian"] == Custodian.OPERATOR].copy()
        self.add_hold()
        self.add_consultations()
        self.make_requests()
        self.entries = self.make_entries()

    def of(self, *kinds: EventKind) -> Frame:
        return self.events[self.events["kind"].isin([int(kind) for kind in kinds])]

    # ------------------------------------------------------------------------------------------------------ calls
    def make_calls(self) -> Frame:
        begins = self.of(EventKind.ORIGINATED, EventKind.SERVICE_INITIATED, EventKind.REQUEST_ATTEMPTED)
        # Of attempts those that a dialogue makes: before all others somebody of the house has picked up.
        begins = begins[(begins["kind"] != EventKind.REQUEST_ATTEMPTED) | (begins["state"] == 1)]
        first = begins.groupby("call", sort=False).first()
        configured = self.of(EventKind.DEVICE_CONFIGURED)
        trunks = configured.loc[configured["state"] == DeviceKind.TRUNK, "device"].unique()
        came = (first["kind"] == EventKind.ORIGINATED) & (first["detail"] == PartyRole.CALLER)
        calls = Frame({"began": first["sequence"], "at": first["time_ns"], "device": np.where(came, first["device"], first["device"]),
                       "came": came, "outside": came & first["device"].isin(trunks), "maker": np.where(came, 0, first["operator"])})
        offered = self.of(EventKind.OFFERED)
        callee = offered[offered["detail"] == PartyRole.CALLER].groupby("call")["party"].first()
        # Ids have 64 bits: no column of them may pass through floating point.
        calls["caller"] = np.where(came, first["party"], looked_up(callee, calls.index))
        started = self.of(EventKind.TRANSFER_STARTED)
        named = started[started["other"] != 0].drop_duplicates("other").set_index("other")
        by_command = ~came & (first["kind"] != EventKind.REQUEST_ATTEMPTED) & (first["other"] != 0)
        calls["parent"] = np.where(by_command, first["other"], looked_up(named["call"], calls.index))
        calls["asks"] = np.where(by_command, first["operator"], looked_up(named["operator"], calls.index))
        cleared = self.of(EventKind.CALL_CLEARED).groupby("call").first()
        calls["over"] = looked_up(cleared["sequence"], calls.index, NONE)
        calls["over_at"] = looked_up(cleared["time_ns"], calls.index, NONE)
        return calls

    def finish_calls(self, calls: Frame) -> Frame:
        rows = self.custody
        decided = rows[rows["custodian"].isin(OVER) | (rows["cause"] == Cause.CLOSING)].groupby("call").first()
        gone = self.of(EventKind.CONNECTION_CLEARED)
        gone = gone[gone["cause"] == Cause.NORMAL_CLEARING]
        by = {}
        lines = gone.groupby("call").groups
        for call, row in decided.iterrows():
            operator, target = row["was"] == Custodian.OPERATOR, row["was"] == Custodian.TARGET
            kept = (operator or target) and call in lines
            mine = gone.loc[lines[call]] if kept else gone.iloc[:0]
            mine = mine[(mine["sequence"] > row["run_began"]) & (mine["sequence"] < row["sequence"])
                        & (mine["party"] != calls.at[call, "caller"])]
            hung = (operator and (mine["operator"] == row["was_keeper"]).any()) or (
                target and (mine["device"] == row["was_keeper"]).any())
            if row["layer"] == Layer.COMMAND and row["custodian"] in OVER:
                by[call] = "command"
            elif hung or row["cause"] == Cause.CLOSING:
                by[call] = "operator" if operator else "department"
            else:
                by[call] = "caller" if row["layer"] == Layer.PARTY else "house"
        calls["by"] = Frame({"by": pd.Series(by, dtype=object)})["by"].reindex(calls.index)
        calls.loc[calls["by"].isna() & (calls["over"] != NONE), "by"] = "house"
        served = self.stays[self.stays["custodian"] == Custodian.OPERATOR].groupby("call")["keeper"].last()
        calls["served"] = calls.index.isin(served.index)
        calls["operator"] = served.reindex(calls.index).fillna(calls["maker"]).astype("int64")
        turned = self.turned_away()
        lines_first = pd.concat([turned[["call", "sequence", "queue"]], self.waits[["call", "sequence", "queue"]]])
        calls["queue"] = lines_first.sort_values("sequence").groupby("call")["queue"].first().reindex(calls.index).fillna(0).astype("int64")
        calls["recorded"] = calls.index.isin(self.of(EventKind.RECORDING_STARTED)["call"])
        calls["length"] = np.where(calls["over"] != NONE, calls["over_at"] - calls["at"], 0)
        return calls[calls["parent"] == 0]

    def last_queue(self, rows: Frame) -> pd.Series:
        """The queue whose caller a call was when something happened in it."""
        entered = self.of(EventKind.QUEUED)
        entered = entered.loc[entered["queue"] != 0, ["sequence", "call", "queue"]].rename(columns={"queue": "last"})
        merged = pd.merge_asof(rows[["sequence", "call"]].sort_values("sequence"), entered.sort_values("sequence"), on="sequence",
                               by="call", allow_exact_matches=False)
        merged.index = rows.sort_values("sequence").index
        return merged["last"].fillna(0).astype("int64").reindex(rows.index)

    # ------------------------------------------------------------------------------------------- custody, waits, talks
    def make_custody(self) -> Frame:
        rows = self.of(EventKind.CUSTODY_MOVED)
        rows = rows[rows["call"].isin(self.calls.index)]
        rows = rows[rows["party"].to_numpy() == looked_up(self.calls["caller"], rows["call"])].copy()
        rows["keeper"] = np.select([rows["custodian"] == Custodian.OPERATOR, rows["custodian"] == Custodian.TARGET],
                                   [rows["operator"], rows["device"]], rows["queue"])
        rows = rows.sort_values(["call", "sequence"])
        group = rows.groupby("call")
        rows["was"] = group["custodian"].shift(fill_value=0)
        rows["was_keeper"] = group["keeper"].shift(fill_value=-1)
        new = (rows["was"] != rows["custodian"]) | (rows["was_keeper"] != rows["keeper"]) | (rows["custodian"] == Custodian.WAIT)
        rows["run"] = new.groupby(rows["call"]).cumsum()
        rows["run_first"] = rows.groupby(["call", "run"])["sequence"].transform("first")
        rows["run_began"] = group["run_first"].shift(fill_value=0)
        return rows

    def make_waits(self) -> Frame:
        rows = self.of(EventKind.QUEUED, EventKind.QUEUE_LEFT)
        rows = rows[((rows["kind"] == EventKind.QUEUE_LEFT) | ((rows["flags"] & 4) != 0)) & rows["call"].isin(self.calls.index)]
        rows = rows.sort_values(["call", "sequence"])
        after = rows.groupby("call").shift(-1, fill_value=0)
        begun = rows["kind"] == EventKind.QUEUED
        waits = rows[begun].copy()
        ends = after[begun]
        left = ends["kind"] == EventKind.QUEUE_LEFT
        waits["at"] = waits["time_ns"]
        waits["left"] = ends["sequence"].where(left, NONE).astype("int64")
        waits["left_at"] = ends["time_ns"].where(left, NONE).astype("int64")
        waits["result"] = ends["detail"].where(left, 0).astype(int)
        waits["why"] = ends["cause"].where(left, 0).astype(int)
        waits["length"] = np.where(left, waits["left_at"] - waits["time_ns"], 0)
        waits["rings"] = ends["state"].where(left, 0).astype(int)
        answered = waits["result"] == QueueResult.ANSWERED
        waits["operator"] = np.where(answered, ends["operator"].fillna(0), 0).astype("int64")
        over = looked_up(self.calls["over"], waits["call"])
        waits["lost"] = ~left & (over != NONE)
        return waits

    def make_stays(self) -> Frame:
        rows = self.custody.groupby(["call", "run"]).first().reset_index()
        following = rows.groupby("call")
        rows["end"] = following["sequence"].shift(-1, fill_value=0)
        rows["end_at"] = following["time_ns"].shift(-1, fill_value=0)
        last = rows["end"] == 0
        rows["end"] = np.where(last, looked_up(self.calls["over"], rows["call"]), rows["end"])
        rows["end_at"] = np.where(last, looked_up(self.calls["over_at"], rows["call"]), rows["end_at"])
        rows = rows[rows["custodian"].isin([int(Custodian.OPERATOR), int(Custodian.TARGET)])].copy()
        rows["open"] = rows["end"] == NONE
        rows["length"] = np.where(rows["open"], 0, rows["end_at"] - rows["time_ns"])
        rows["queue"] = self.last_queue(rows)
        # Out of a queue: it counts with the wait that ends here.
        waits = self.waits[["call", "sequence", "at", "left"]].rename(columns={"sequence": "entered", "at": "entered_at"})
        merged = pd.merge_asof(rows.sort_values("sequence"), waits.sort_values("entered"), left_on="sequence", right_on="entered", by="call")
        out = merged["entered"].notna() & (merged["left"] > merged["sequence"])
        began = dict(zip(waits["entered"].tolist(), waits["entered_at"].tolist()))
        merged["at"] = [began[int(entered)] if within else at
                        for entered, within, at in zip(merged["entered"], out, merged["time_ns"])]
        merged["operator"] = np.where(merged["custodian"] == Custodian.OPERATOR, merged["keeper"], 0)
        merged["device"] = np.where(merged["custodian"] == Custodian.TARGET, merged["keeper"], 0)
        return merged

    def add_hold(self) -> None:
        """Between `held` and `retrieved` of the operator's line, or while the phone itself said that it holds."""
        by_call = {call: rows for call, rows in self.of(EventKind.HELD, EventKind.RETRIEVED, EventKind.HOLD_CHANGED_BY_PHONE,
                                                        EventKind.ESTABLISHED, EventKind.TRANSFERRED, EventKind.ORIGINATED,
                                                        EventKind.SERVICE_INITIATED).groupby("call")}
        holds = []
        for talk in self.talks.itertuples():
            total, since = 0, 0
            held = by_phone = False
            rows = by_call.get(talk.call)
            line = 0
            for row in rows.itertuples() if rows is not None else ():
                if row.sequence >= talk.end:
                    break
                # Whose line it is: who was answered last, who made the call, who took over.
                if (row.kind in (EventKind.ESTABLISHED, EventKind.SERVICE_INITIATED) and row.operator) or (
                        row.kind == EventKind.TRANSFERRED and row.cause == Cause.CALL_PICKUP) or (
                        row.kind == EventKind.ORIGINATED and row.operator and row.sequence == self.all_calls.at[talk.call, "began"]):
                    line = row.leg
                if row.sequence < talk.sequence:
                    continue
                if row.kind in (EventKind.HELD, EventKind.RETRIEVED) and row.operator:
                    held = row.kind == EventKind.HELD
                elif row.kind == EventKind.HOLD_CHANGED_BY_PHONE and row.leg == line:
                    by_phone = row.value != 0
                else:
                    continue
                if since:
                    total += row.time_ns - since
                since = row.time_ns if held or by_phone else 0
            if since and not talk.open:
                total += talk.end_at - since
            holds.append(total)
        self.talks["hold"] = holds

    def add_consultations(self) -> None:
        self.talks["consult"] = 0
        all_calls = self.all_calls
        rows = self.of(EventKind.HELD, EventKind.RETRIEVED, EventKind.CALL_CLEARED)
        talks = {key: group for key, group in self.talks.groupby(["call", "operator"])}
        for call, row in all_calls[all_calls["parent"] != 0].iterrows():
            since = int(row["at"])
            for e in rows[rows["call"] == call].itertuples():
                if e.kind == EventKind.RETRIEVED and e.operator:
                    since = e.time_ns
                elif since and (e.kind == EventKind.CALL_CLEARED or (e.kind == EventKind.HELD and e.operator)):
                    mine = talks.get((row["parent"], row["asks"]))
                    mine = mine[mine["sequence"] < e.sequence] if mine is not None else None
                    if mine is not None and len(mine) and all_calls.at[row["parent"], "over"] > e.sequence:
                        last = mine.iloc[-1]
                        self.talks.loc[last.name, "consult"] += e.time_ns - max(since, int(last["time_ns"]))
                    since = 0

    # ------------------------------------------------------------------------------------------ offers and transfers
    def make_offers(self) -> Frame:
        kinds = (EventKind.OFFERED, EventKind.ESTABLISHED, EventKind.DIVERTED, EventKind.CONNECTION_CLEARED, EventKind.CALL_CLEARED)
        rows = self.of(*kinds)
        rows = rows[rows["call"].isin(self.calls.index)]
        asked = rows[(rows["kind"] == EventKind.OFFERED) & (rows["operator"] != 0)]
        rows = rows[rows["call"].isin(asked["call"])]
        made: list[dict[str, int]] = []
        open_offers: dict[tuple[int, int], dict[str, int]] = {}
        for row in rows.itertuples():
            if row.kind == EventKind.CALL_CLEARED:
                for key in [key for key in open_offers if key[0] == row.call]:
                    open_offers.pop(key).update(result=3, end=row.time_ns)
                continue
            if not row.operator:
                continue
            key = (row.call, row.operator)
            if row.kind == EventKind.OFFERED:
                if key not in open_offers:
                    made.append({"call": row.call, "operator": row.operator, "sequence": row.sequence, "time_ns": row.time_ns,
                                 "queue": row.queue, "result": 0, "end": row.time_ns})
                    open_offers[key] = made[-1]
            elif key in open_offers:
                unanswered = row.kind == EventKind.DIVERTED and row.cause != Cause.CALL_PICKUP and row.layer != Layer.COMMAND
                result = 1 if row.kind == EventKind.ESTABLISHED else 2 if unanswered else 3
                open_offers.pop(key).update(result=result, end=row.time_ns)
        offers = Frame(made)
        offers["length"] = offers["end"] - offers["time_ns"]
        offers["queue"] = offers["queue"].where(offers["queue"] != 0, self.last_queue(offers))
        waits = self.waits[["call", "sequence", "at", "left"]].rename(columns={"sequence": "entered"})
        offers = pd.merge_asof(offers, waits.sort_values("entered"), left_on="sequence", right_on="entered", by="call")
        within = offers["left"].notna() & (offers["left"] > offers["sequence"])
        began = dict(zip(waits["entered"].tolist(), waits["at"].tolist()))
        offers["at"] = [began[int(entered)] if is_within else at
                        for entered, is_within, at in zip(offers["entered"], within, offers["time_ns"])]
        return offers

    def make_transfers(self) -> Frame:
        rows = self.of(EventKind.TRANSFER_STARTED, EventKind.TRANSFER_ENDED).sort_values(["call", "sequence"])
        after = rows.groupby("call").shift(-1, fill_value=0)
        begun = rows["kind"] == EventKind.TRANSFER_STARTED
        out, end = rows[begun].copy(), after[begun]
        out["at"] = out["time_ns"]
        out["queue"] = self.last_queue(out)
        done = end["kind"] == EventKind.TRANSFER_ENDED
        out["ended"] = end["sequence"].where(done, NONE).astype("int64")
        out["how"] = end["detail"].where(done, 0).astype(int)
        out["why"] = end["cause"].where(done, 0).astype(int)
        missed = {Cause.BUSY: "busy", Cause.RECALL_BUSY: "busy", Cause.CALL_NOT_ANSWERED: "no_answer", Cause.TIMEOUT: "no_answer",
                  Cause.RECALL_NO_ANSWER: "no_answer", Cause.CALL_REJECTED: "refused", Cause.NORMAL_CLEARING: "refused",
                  Cause.NORMAL: "refused", Cause.REDIRECTED: "refused", Cause.CALL_CANCELLED: "cancelled"}
        said = {0: "open", TransferResult.CONNECTED: "connected", TransferResult.CONFERENCED: "conferenced",
                TransferResult.CANCELLED: "cancelled", TransferResult.CALLER_LEFT: "caller_left"}
        out["outcome"] = [said.get(how) or missed.get(why, "unreachable") for how, why in zip(out["how"], out["why"])]
        out["dropped"], out["line_lost"] = False, False
        ends = self.custody[self.custody["custodian"].isin(OVER) & (self.custody["was"] == Custodian.WAIT)
                            & ~self.custody["layer"].isin([int(Layer.PARTY), int(Layer.COMMAND)])]
        for end_row in ends.itertuples():
            mine = out[(out["call"] == end_row.call) & (out["sequence"] < end_row.sequence)]
            if not len(mine):
                continue
            last = mine.iloc[-1]
            kept = self.custody[self.custody["call"] == end_row.call]
            since = kept[(kept["sequence"] > last["ended"]) & (kept["sequence"] < end_row.sequence)]
            waited = kept[kept["sequence"] < last["ended"]]["custodian"].iloc[-1] == Custodian.WAIT
            if last["ended"] > end_row.sequence:
                out.loc[last.name, "line_lost" if last["how"] == TransferResult.CALLER_LEFT else "dropped"] = True
            elif waited and last["outcome"] != "connected" and (since["custodian"] == Custodian.WAIT).all():
                out.loc[last.name, "dropped"] = True
        return out

    def turned_away(self) -> Frame:
        rows = self.of(EventKind.DIVERTED)
        rows = rows[(rows["operator"] == 0) & (rows["leg"] == 0) & (rows["queue"] != 0)].copy()
        rows["at"] = rows["time_ns"]
        rows["why"] = np.select([rows["cause"] == Cause.QUEUE_FULL, rows["cause"] == Cause.NO_AVAILABLE_AGENTS], ["full", "no_operator"],
                                "closed")
        return rows

    # ---------------------------------------------------------------------------------------------------- requests
    def make_requests(self) -> None:
        told = [kind for kind in EventKind if 243 <= kind <= 276]
        rows = self.of(*told)
        # As objects: a row of numbers with and without a sign is made of floating point ones, and a time does not fit into those.
        opened = rows[rows["kind"] == EventKind.REQUEST_OPENED].set_index("request").astype(object)
        rows = rows[rows["request"].isin(opened.index)]
        of = {name: group for name, group in rows.groupby("request", sort=False)}
        self.linked = set(self.of(EventKind.REQUEST_LINKED)["other"].tolist()) - {0}
        self.requests, self.duties, self.appointments, self.reaches, self.attempts = (Frame(table) for table in zip_tables(
            [self.one_request(opened.loc[request], of[request]) for request in opened.index.tolist()]))
        lost = self.of(EventKind.REQUEST_NOT_OPENED)
        self.lost = Frame({"at": lost["time_ns"], "of_kind": lost["detail"], "channel": 0, "queue": 0, "operator": 0,
                           "full": lost["cause"] == Cause.RESOURCES_NOT_AVAILABLE})

    def one_request(self, opened: Any, rows: Frame) -> list[list[dict[str, Any]]]:
        """Its rows of each table: itself, what was due, its appointments, whether its person was reached, the calls."""
        kind = int(opened["detail"])
        fixed = {"of_kind": kind, "channel": int(opened["state"]), "queue": 0}
        takes = rows[rows["kind"] == EventKind.REQUEST_TAKEN]
        steps = [(int(opened["sequence"]), int(opened["operator"]), int(opened["device"]))]
        steps += list(zip(takes["sequence"].tolist(), takes["operator"].tolist(), takes["device"].tolist()))

        def owner(at: int) -> dict[str, int]:
            """Who owned it behind an event."""
            return {"operator": [who for sequence, who, _ in steps if sequence <= at][-1]}

        changes = [step[1:] for step, before in zip(steps[1:], steps) if step[1:] != before[1:]]
        had = [steps[0][1:]]
        returned = False
        for change in changes:
            returned |= change in had
            had.append(change)
        closed = rows[rows["kind"] == EventKind.REQUEST_CLOSED]
        status = int(closed["state"].iloc[0]) if len(closed) else 0
        tells = rows[rows["kind"] == EventKind.REQUEST_TOLD]
        calls = rows[rows["kind"] == EventKind.REQUEST_ATTEMPTED]
        ended = rows[rows["kind"] == EventKind.REQUEST_ATTEMPT_ENDED].set_index("other")["detail"].to_dict()
        ended_at = rows[rows["kind"] == EventKind.REQUEST_ATTEMPT_ENDED].set_index("other")["time_ns"].to_dict()
        answered = [row for row in calls.itertuples() if ended.get(row.sequence) == AttemptOutcome.ANSWERED]
        again = rows[(rows["kind"] == EventKind.REQUEST_NOTED) & (rows["call"] != 0) & (rows["command_low"] == 0)]
        duties = self.due(opened, rows, owner)
        appointments = self.appointed(rows, owner)
        request = {**fixed, **owner(1 << 62), "at": int(opened["time_ns"]), "status": status,
                   "length": int(closed["time_ns"].iloc[0]) - int(opened["time_ns"]) if len(closed) else 0,
                   "result": int(closed["detail"].iloc[0]) if len(closed) else 0, "signed": len(takes) > 0,
                   "sign": int(takes["time_ns"].iloc[0]) - int(opened["time_ns"]) if len(takes) else 0,
                   "extended": any(duty.pop("extended") for duty in duties), "returned": returned,
                   "again": len(again) > 0 or opened.name in self.linked,
                   "escalated": bool(((rows["kind"] == EventKind.REQUEST_ESCALATED) & (rows["cause"] == Cause.OVERRUN)).any()),
                   "told": bool((tells["detail"] == ToldOf.RESULT).any()), "contacted": len(answered) > 0, "booked": len(appointments) > 0}
        reach = [{**fixed, **owner(int(calls["sequence"].iloc[0])), "at": int(calls["time_ns"].iloc[0]),
                  "by": int(answered[0].detail) if answered else 0}] if len(calls) else []
        attempts = [{**fixed, "operator": row.operator, "at": row.time_ns, "outcome": ended.get(row.sequence, 0),
                     "length": ended_at.get(row.sequence, row.time_ns) - row.time_ns} for row in calls.itertuples()]
        return [[request], [{**fixed, **duty} for duty in duties], [{**fixed, **one} for one in appointments], reach, attempts]

    @staticmethod
    def due(opened: Any, rows: Frame, owner: Callable[[int], dict[str, int]]) -> list[dict[str, Any]]:
        """Each time by which something was to be done, and when it was."""
        out: list[dict[str, Any]] = []
        for which in (RequestTime.FIRST_CONTACT, RequestTime.COMPLETION, RequestTime.PROMISED):
            mine: list[dict[str, Any]] = []
            if which == RequestTime.COMPLETION and opened["value"] != 0:
                mine.append({"at": int(opened["value"]), "how": "ahead", "by": int(opened["sequence"]), "extended": False})
            for row in rows.itertuples():
                set_ = row.kind == EventKind.REQUEST_TIME_SET and row.detail == which
                if set_ and row.value != 0:
                    if mine and mine[-1]["how"] == "ahead":
                        mine[-1]["extended"] |= which == RequestTime.COMPLETION and row.value > mine[-1]["at"]
                        mine[-1]["at"] = row.value
                    else:
                        mine.append({"at": row.value, "how": "ahead", "by": row.sequence, "extended": False})
                if not mine or mine[-1]["how"] not in ("ahead", "missed"):
                    continue
                ends = row.kind == EventKind.REQUEST_CLOSED
                met = (set_ and row.value == 0) or (ends and row.state != RequestStatus.CANCELLED)
                if which == RequestTime.PROMISED:
                    met |= row.kind == EventKind.REQUEST_TOLD and row.detail != ToldOf.LIMIT
                    met |= row.kind == EventKind.REQUEST_ATTEMPT_ENDED and row.detail == AttemptOutcome.ANSWERED
                if met:
                    late = row.time_ns > mine[-1]["at"]
                    mine[-1] |= {"how": "late" if late else "in_time", "by": row.sequence,
                                 "late": row.time_ns - mine[-1]["at"] if late else 0}
                elif mine[-1]["how"] == "ahead" and ends:
                    mine[-1]["how"] = "released"
                elif row.kind == EventKind.REQUEST_OVERDUE and row.detail == which:
                    mine[-1]["how"] = "missed"
            out += [{"which": int(which), "late": 0} | duty | owner(duty["by"]) for duty in mine]
        return out

    @staticmethod
    def appointed(rows: Frame, owner: Callable[[int], dict[str, int]]) -> list[dict[str, Any]]:
        out: list[dict[str, Any]] = []
        for row in rows.itertuples():
            ahead = bool(out) and out[-1]["how"] == "ahead"
            if row.kind == EventKind.REQUEST_TIME_SET and row.detail == RequestTime.APPOINTMENT:
                if row.value == 0 and ahead:
                    out[-1]["how"] = "cancelled"
                elif row.value != 0 and ahead:
                    out[-1] |= {"at": row.value, "confirmed": out[-1]["confirmed"] and out[-1]["at"] == row.value}
                elif row.value != 0:
                    out.append({"at": row.value, "how": "ahead", "confirmed": False, "came": False, "result": 0, **owner(row.sequence)})
            elif row.kind == EventKind.REQUEST_CONFIRMED and ahead:
                out[-1]["confirmed"] = True
            elif row.kind == EventKind.REQUEST_ARRIVED and ahead:
                out[-1] |= {"how": "over", "came": True}
            elif row.kind == EventKind.REQUEST_NO_SHOW and out and not out[-1]["came"]:
                out[-1]["how"] = "missed"
            elif row.kind == EventKind.REQUEST_CLOSED and ahead:
                over = row.state == RequestStatus.CLOSED
                out[-1] |= {"how": "over" if over else "cancelled", "result": row.detail}
        return out

    def make_entries(self) -> Frame:
        owed = self.of(EventKind.ENTRY_OWED)
        settled = self.of(EventKind.ENTRY_SETTLED).set_index("other")["cause"].to_dict()
        how = [{None: "owed", int(Cause.NORMAL): "later"}.get(settled.get(sequence), "missed") for sequence in owed["sequence"].tolist()]
        owing = Frame({"at": owed["time_ns"], "operator": owed["operator"], "how": how, "queue": 0})
        said = self.of(EventKind.CALL_NOTED, EventKind.REQUEST_OPENED)
        said = said[said["call"].isin(self.calls.index)]
        during = said["sequence"] < looked_up(self.calls["over"], said["call"])
        calls = self.calls[self.calls.index.isin(said[during]["call"]) & self.calls["came"] & self.calls["served"]
                           & (self.calls["over"] != NONE) & ~self.calls.index.isin(self.consultations)]
        made = Frame({"at": calls["over_at"].to_numpy(), "operator": calls["operator"].to_numpy(), "how": "at_call", "queue": 0})
        return pd.concat([owing, made], ignore_index=True)

    # ------------------------------------------------------------------------------------------ positions and devices
    def make_positions(self) -> Frame:
        """What state an operator was in, from when to when."""
        to = {EventKind.OPERATOR_LOGGED_ON: OperatorState.NOT_READY, EventKind.OPERATOR_LOGGED_OFF: OperatorState.NULL,
              EventKind.OPERATOR_READY: OperatorState.READY, EventKind.OPERATOR_NOT_READY: OperatorState.NOT_READY,
              EventKind.OPERATOR_BUSY: OperatorState.BUSY, EventKind.OPERATOR_WORKING_AFTER_CALL: OperatorState.WORKING_AFTER_CALL}
        rows = self.of(*to)
        later = rows["kind"].isin([int(EventKind.OPERATOR_READY), int(EventKind.OPERATOR_NOT_READY),
                                   int(EventKind.OPERATOR_WORKING_AFTER_CALL)]) & (rows["state"] == OperatorState.BUSY)
        rows = rows[~later].sort_values(["operator", "sequence"]).copy()  # for after the call in hand
        rows["is"] = [int(to[EventKind(kind)]) for kind in rows["kind"]]
        following = rows.groupby("operator")
        rows["until"] = following["time_ns"].shift(-1, fill_value=self.last_time)
        rows["was"] = following["is"].shift(fill_value=0)
        return rows

    def make_wraps(self) -> Frame:
        rows = self.positions
        wraps = rows[rows["is"] == OperatorState.WORKING_AFTER_CALL].copy()
        busy = rows[(rows["is"] == OperatorState.BUSY) & (rows["was"] != OperatorState.BUSY)][["sequence", "operator"]].rename(
            columns={"sequence": "busy"})
        wraps = pd.merge_asof(wraps.sort_values("sequence"), busy.sort_values("busy"), left_on="sequence", right_on="busy", by="operator")
        talks = self.stays.loc[self.stays["custodian"] == Custodian.OPERATOR, ["sequence", "operator", "at", "queue"]]
        talks = talks.rename(columns={"sequence": "talk", "queue": "talk_queue"}).astype({"operator": wraps["operator"].dtype})
        wraps = pd.merge_asof(wraps, talks.sort_values("talk"), left_on="sequence", right_on="talk", by="operator")
        own = wraps["talk"].notna() & (wraps["talk"] > wraps["busy"].fillna(0))
        began = dict(zip(talks["talk"].tolist(), talks["at"].tolist()))
        wraps["at"] = [began[int(talk)] if is_own else at for talk, is_own, at in zip(wraps["talk"], own, wraps["time_ns"])]
        wraps["queue"] = np.where(own, wraps["talk_queue"], 0).astype("int64")
        ended = wraps["until"] < self.last_time
        wraps["length"] = np.where(ended, wraps["until"] - wraps["time_ns"], 0)
        return wraps

    def make_devices(self) -> Frame:
        rows = self.of(EventKind.DEVICE_IN_SERVICE, EventKind.DEVICE_OUT_OF_SERVICE, EventKind.DEVICE_REMOVED)
        rows = rows.sort_values(["device", "sequence"]).copy()
        rows["until"] = rows.groupby("device")["time_ns"].shift(-1, fill_value=self.last_time)
        return rows


def figures(house: House, start: int, end: int, *, target: int = 20, short: int = 5, rings: int = 4,
            keep: Callable[[Frame], Any] = lambda table: True) -> dict[str, tuple[int, int]]:
    """Numerator and denominator of every figure; times in ns. `keep`: which rows of a table are meant."""

    def inside(table: Frame) -> Frame:
        table = table[(table["at"] >= start) & (table["at"] < end)]
        if "call" in table:  # what is part of another call counts there
            table = table[~table["call"].isin(house.consultations)]
        kept = keep(table)
        return table if kept is True else table[kept]

    def of(kind: EventKind) -> Frame:
        rows = house.of(kind)
        return inside(rows.assign(at=rows["time_ns"]))

    def overlap(table: Frame, which: Any = True) -> int:
        kept = keep(table)
        table = table if kept is True else table[kept]
        if which is not True:
            table = table[which(table)]
        lengths = np.minimum(table["until"], end) - np.maximum(table["time_ns"], start)
        return int(lengths[lengths > 0].sum())

    out: dict[str, tuple[int, int]] = {}

    def count(name: str, rows: Any) -> int:
        out[name] = (int(rows.sum()) if rows.dtype == bool else int(len(rows)), 1)
        return out[name][0]

    calls = inside(house.calls)
    total = count("calls", calls["came"] | True)
    count("calls_from_outside", calls["outside"])
    count("calls_from_inside", calls["came"] & ~calls["outside"])
    count("calls_made", ~calls["came"])
    served = count("calls_served", calls["served"])
    count("calls_open", calls["by"].isna())
    for who in ("caller", "operator", "department", "command", "house"):
        count(f"ended_by_{who}", calls["by"] == who)
    out["operator_first"] = (out["ended_by_operator"][0], int((calls["served"] & calls["by"].notna()).sum()))
    out["call_mean"] = (int(calls["length"].sum()), int(calls["by"].notna().sum()))
    assert served <= total

    waits = inside(house.waits)
    result, length = waits["result"], waits["length"]
    off = count("offered", result >= 0)
    ans = count("answered", result == QueueResult.ANSWERED)
    ab = count("abandoned", result == QueueResult.ABANDONED)
    sab = count("short_abandoned", (result == QueueResult.ABANDONED) & (length <= short * 10**9))
    unstaffed = (result == QueueResult.OVERFLOWED) & (waits["why"] == Cause.NO_AVAILABLE_AGENTS)
    count("overflowed", (result == QueueResult.OVERFLOWED) & ~unstaffed)
    count("left_unstaffed", unstaffed)
    out["left_for_callback"] = (0, 1)
    count("ended_in_queue", result == QueueResult.ENDED)
    count("end_unknown", waits["lost"])
    count("waiting", (result == 0) & ~waits["lost"])
    count("place_kept", (waits["flags"] & 2) != 0)
    count("came_again", waits["cause"].isin([int(Cause.RECALL), int(Cause.RECALL_BUSY), int(Cause.RECALL_NO_ANSWER)]))
    turned = inside(house.turned_away())
    for why in ("closed", "full", "no_operator"):
        count(why, turned["why"] == why)
    ans_t = int(((result == QueueResult.ANSWERED) & (length <= target * 10**9)).sum())
    ab_t = int(((result == QueueResult.ABANDONED) & (length <= target * 10**9)).sum())
    out |= {"answer_rate": (ans, off - sab), "answer_rate_raw": (ans, off), "service_level_a": (ans_t, off - sab),
            "service_level_b": (ans_t + ab_t, off), "service_level_c": (ans_t, ans + ab), "service_level_d": (ans_t, ans),
            "within_rings": (int(((result == QueueResult.ANSWERED) & (waits["rings"] <= rings)).sum()), off),
            "abandonment": (ab, off), "abandonment_long": (ab - sab, off - sab),
            "asa": (int(length[result == QueueResult.ANSWERED].sum()), ans), "average_wait": (int(length.sum()), int((result != 0).sum())),
            "patience": (int(length[result == QueueResult.ABANDONED].sum()), ab)}

    talks = inside(house.talks)
    handled = count("handled", talks["length"] >= 0)
    count("in_hand", talks["open"])
    wraps = inside(house.wraps)
    talk = int((talks["length"] - talks["hold"]).sum())
    out |= {"handle_time": (int(talks["length"].sum() + wraps["length"].sum()), handled), "talk_mean": (talk, handled),
            "hold_mean": (int(talks["hold"].sum()), handled), "consult_mean": (int(talks["consult"].sum()), handled),
            "wrap_mean": (int(wraps["length"].sum()), handled)}
    offers = inside(house.offers)
    asked = count("offers", offers["result"] >= 0)
    out["offers_unanswered"] = (int((offers["result"] == 2).sum()), int(offers["result"].isin([1, 2]).sum()))
    out["ring_mean"] = (int(offers["length"].sum()), asked)
    state = {who: overlap(house.positions, lambda t, is_=is_: t["is"] == is_) for who, is_ in
             {"ready": OperatorState.READY, "busy": OperatorState.BUSY, "working_after_call": OperatorState.WORKING_AFTER_CALL,
              "not_ready": OperatorState.NOT_READY}.items()}
    logged_on = sum(state.values())
    out |= {name: (ns, 1) for name, ns in state.items()} | {"logged_on": (logged_on, 1)}
    out["occupancy"] = (state["busy"] + state["working_after_call"], logged_on - state["not_ready"])
    on = of(EventKind.OPERATOR_LOGGED_ON)
    count("log_ins", on["value"] == on["value"])
    out["log_ins_on_time"] = (int(((on["value"] != 0) & (on["detail"] == 1)).sum()), int((on["value"] != 0).sum()))
    away = of(EventKind.OPERATOR_NOT_READY)
    breaks = count("absences", (away["detail"] != 0) & (away["state"] != OperatorState.BUSY))
    out["overruns"] = (len(of(EventKind.OPERATOR_OVERDUE)), breaks)
    out["leaves_asked"] = (len(of(EventKind.LEAVE_ASKED)), 1)
    answered = of(EventKind.LEAVE_ANSWERED)
    count("leaves_granted", answered["consent"] == Consent.YES)

    transfers = inside(house.transfers)
    attempts = count("transfers", transfers["how"] >= 0)
    for outcome in ("connected", "refused", "busy", "no_answer", "unreachable", "cancelled", "caller_left", "conferenced", "open"):
        count(f"transfers_{outcome}", transfers["outcome"] == outcome)
    out["transfer_success"] = (out["transfers_connected"][0], attempts)
    count("transfers_returned", transfers["how"] == TransferResult.RETURNED)
    back = transfers["how"].isin([int(TransferResult.RECALLED), int(TransferResult.ESCALATED)])
    out["recall_rate"] = (int(back.sum()), attempts)
    count("transfers_dropped", transfers["dropped"])
    count("transfers_line_lost", transfers["line_lost"])
    count("transfers_single_step", transfers["cause"] == Cause.SINGLE_STEP_TRANSFER)
    taken = inside(house.stays[house.stays["custodian"] == Custodian.TARGET])
    count("put_through", taken["length"] >= 0)
    out["put_through_mean"] = (int(taken["length"].sum()), len(taken))

    began = house.of(EventKind.DIALOGUE_STARTED)
    began = began[began["operator"] != 0]
    ended = house.of(EventKind.DIALOGUE_ENDED).set_index("other")["value"]
    ratings = inside(began.assign(at=began["time_ns"], score=ended.reindex(began["sequence"].astype("uint64")).fillna(0).to_numpy()))
    given = ratings["score"] > 0
    asked = count("ratings_asked", ratings["score"] >= 0)
    out |= {"rating_response": (int(given.sum()), asked), "satisfaction": (int(ratings["score"].sum()), int(given.sum())),
            "satisfied": (int((ratings["score"] >= 4).sum()), int(given.sum()))}
    began = house.of(EventKind.RECORDING_STARTED)
    over = house.of(EventKind.RECORDING_ENDED).set_index("other")
    mine = over.reindex(began["sequence"].astype("uint64"))
    queue = began["queue"].where(began["queue"] != 0, house.last_queue(began))
    recordings = inside(began.assign(at=began["time_ns"], queue=queue, length=mine["value"].fillna(0).to_numpy(),
                                     why=mine["cause"].fillna(0).to_numpy()))
    count("recordings", recordings["length"] >= 0)
    count("recordings_failed", recordings["why"] == Cause.RESOURCES_NOT_AVAILABLE)
    out["recorded_time"] = (int(recordings["length"].sum()), 1)
    out["recorded"] = (int(calls["recorded"].sum()), total)
    declined = house.of(EventKind.RECORDING_DECLINED)
    declined = declined[declined["call"].isin(house.all_calls.index)]  # a code call has no caller
    out["recordings_declined"] = (len(inside(declined.assign(at=declined["time_ns"], queue=house.last_queue(declined)))), 1)
    gaps = house.of(EventKind.RECORDING_GAP)
    whose = began.set_index("sequence")["operator"].reindex(gaps["other"].astype("int64")).fillna(0).to_numpy()
    out["recording_gaps"] = (len(inside(gaps.assign(at=gaps["time_ns"], queue=house.last_queue(gaps), operator=whose))), 1)
    watched = overlap(house.devices, lambda t: t["kind"] != EventKind.DEVICE_REMOVED)
    out["availability"] = (overlap(house.devices, lambda t: t["kind"] == EventKind.DEVICE_IN_SERVICE), watched)
    out["log_gaps"] = (len(of(EventKind.GAP)), 1)
    starts = of(EventKind.BOARD_STARTED)
    count("unclean_starts", starts["detail"] == 1)
    return out | request_figures(house, inside, total)


def request_figures(house: House, inside: Callable[[Frame], Frame], calls: int) -> dict[str, tuple[int, int]]:
    """The same of what people are owed."""
    out: dict[str, tuple[int, int]] = {}
    words = {number: word for number, (word, _) in house.kinds.items()}

    def is_kind(table: Frame, word: str) -> Any:
        return np.array([words.get(kind) == word for kind in table["of_kind"].tolist()], bool)

    def closed_as(table: Frame, *any_of: str) -> int:
        results = [house.kinds.get(kind, ("", []))[1] for kind in table["of_kind"].tolist()]
        return sum(0 < place <= len(known) and known[place - 1] in any_of for known, place in zip(results, table["result"].tolist()))

    requests = inside(house.requests)
    opened = len(requests)
    over = {name: requests["status"] == status for name, status in (("closed", RequestStatus.CLOSED), ("refused", RequestStatus.REFUSED),
                                                                     ("cancelled", RequestStatus.CANCELLED), ("open", 0))}
    out["requests"] = (opened, 1)
    out |= {f"requests_{name}": (int(rows.sum()), 1) for name, rows in over.items()}
    for name, column in {"requests_signed": "signed", "requests_extended": "extended", "requests_returned": "returned",
                         "requests_came_again": "again", "requests_escalated": "escalated"}.items():
        out[name] = (int(requests[column].sum()), opened)
    closed = requests[over["closed"]]
    out["sign_time"] = (int(requests["sign"].sum()), int(requests["signed"].sum()))
    out["completion_time"] = (int(requests["length"].sum()), int((requests["status"] != 0).sum()))
    out["result_told"] = (int(closed["told"].sum()), len(closed))
    out["closed_at_once"] = (int((~closed["contacted"].astype(bool) & ~closed["again"].astype(bool)).sum()), len(closed))
    out["solved"] = (closed_as(closed, "solved"), closed_as(closed, "solved", "explained", "not_solved"))
    out["requests_satisfied"] = (closed_as(closed, "satisfied"), closed_as(closed, "satisfied", "not_satisfied"))
    out["complaint_rate"] = (int(is_kind(requests, "complaint").sum()), calls)
    lost = inside(house.lost)
    out["requests_not_opened"] = (len(lost), 1)

    duties = inside(house.duties)
    late, missed = 0, 0
    for name, which in (("first_contact_in_time", RequestTime.FIRST_CONTACT), ("promises_kept", RequestTime.PROMISED),
                        ("completed_in_time", RequestTime.COMPLETION)):
        mine = duties[duties["which"] == which]
        how = {word: int((mine["how"] == word).sum()) for word in ("in_time", "late", "missed")}
        out[name] = (how["in_time"], sum(how.values()))
        late, missed = late + how["late"], missed + how["missed"]
    out |= {"times_late": (late, 1), "times_missed": (missed, 1), "lateness": (int(duties["late"].sum()), late)}
    complaints = duties[is_kind(duties, "complaint") & (duties["which"] == RequestTime.COMPLETION)]
    out["complaints_in_time"] = (int((complaints["how"] == "in_time").sum()), int(complaints["how"].isin(["in_time", "late", "missed"]).sum()))

    reach = inside(house.reaches)
    out["callback_reach"] = (int((reach["by"] > 0).sum()), len(reach))
    out |= {f"reached_{name}": (int((reach["by"] == nth).sum()), len(reach)) for nth, name in ((1, "first"), (2, "second"), (3, "third"))}
    attempts = inside(house.attempts)
    out["attempts"] = (len(attempts), 1)
    names = ("open", "answered", "busy", "no_answer", "rejected", "unreachable", "operator_missed", "cancelled", "interrupted")
    out |= {f"attempts_{name}": (int((attempts["outcome"] == place).sum()), 1) for place, name in enumerate(names)}

    wishes = requests[is_kind(requests, "appointment")]
    not_opened = int(is_kind(lost, "appointment").sum())
    out["booking_success"] = (int(wishes["booked"].sum()), len(wishes) + not_opened)
    failed = wishes[~wishes["booked"].astype(bool)]
    for name, status in (("refused", RequestStatus.REFUSED), ("cancelled", RequestStatus.CANCELLED), ("closed", RequestStatus.CLOSED), ("open", 0)):
        out[f"booking_{name}"] = (int((failed["status"] == status).sum()), 1)
    out["booking_not_opened"] = (not_opened, 1)
    appointments = inside(house.appointments)
    cancelled = int((appointments["how"] == "cancelled").sum())
    ended = appointments[appointments["how"].isin(["over", "missed"])]
    by_word = ended[(ended["how"] == "over") & ~ended["came"].astype(bool)]
    out |= {"appointments": (len(appointments), 1), "appointments_cancelled": (cancelled, 1),
            "confirmation_rate": (int(appointments["confirmed"].sum()), len(appointments) - cancelled),
            "arrival_rate": (int(ended["came"].sum()) + closed_as(by_word, "came"), len(ended)),
            "no_show_rate": (int((ended["how"] == "missed").sum()) + closed_as(by_word, "no_show"), len(ended))}

    entries = inside(house.entries)
    how = {word: int((entries["how"] == word).sum()) for word in ("at_call", "later", "missed", "owed")}
    out["register_completeness"] = (how["at_call"] + how["later"], len(entries) - how["owed"])
    return out | {f"entries_{word}": (n, 1) for word, n in how.items()}


def closure(house: House, start: int, end: int) -> dict[str, int]:
    """Who entered and left a queue in a period, and who waited at its edges: in all calls, consultations too."""
    rows = house.waits
    left = house.of(EventKind.QUEUE_LEFT)

    def waiting(edge: int) -> int:
        return int(((rows["at"] < edge) & (rows["left_at"] >= edge) & ~rows["lost"]).sum())

    return {"entered": int(((rows["at"] >= start) & (rows["at"] < end)).sum()),
            "left": int(((left["time_ns"] >= start) & (left["time_ns"] < end)).sum()),
            "waiting_at_start": waiting(start), "waiting_at_end": waiting(end)}
