# SPDX-License-Identifier: Apache-2.0
"""The gateway's documents: OpenAPI 3.1 for what is asked and answered, AsyncAPI 3.0 for what is followed."""

from __future__ import annotations

import json
from typing import Any

from .model import EVENT, Record, Schema, bare, sentence

Json = dict[str, Any]
# 64-bit numbers are strings; in a request a number is taken, too.
ID = {"type": "string", "pattern": "^[0-9]+$"}
GIVEN_ID = {"anyOf": [ID, {"type": "integer", "minimum": 0}]}
SIGNED = {"type": "string", "pattern": "^-?[0-9]+$"}
COMMAND_ID = {"type": "string", "pattern": "^[0-9a-f]{32}$"}
IDS = ("call", "leg", "party", "other", "request", "device", "operator", "queue", "actor", "new_call", "new_leg", "new_party")
HIDDEN = ("kind", "text_at", "text_len", "crc32c", "spare", "spare0", "spare1")


def ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def enum(schema: Schema, name: str) -> Json:
    return {"type": "string", "enum": [bare(v.name) for v in schema.enum(name).values]}


def event_base(schema: Schema) -> Json:
    """Every field that an event may have, as `cordboard log export --format json` writes it: zeros are left out."""
    properties: Json = {"sequence": {"type": "integer"}, "time_ns": SIGNED, "kind": {"type": "string"}}
    for name in [bare(f[0]) for f in EVENT]:
        if name in HIDDEN or name in properties:
            continue
        if name in ("cause", "layer", "custodian", "consent"):
            properties[name] = enum(schema, name)
        elif name in IDS:
            properties[name] = ID
        elif name == "command":
            properties[name] = COMMAND_ID
        else:
            properties[name] = SIGNED if name == "value" else {"type": "integer"}
    properties["text"] = {"type": "string"}
    return {"type": "object", "properties": properties, "required": ["sequence", "time_ns", "kind"], "additionalProperties": False}


def event_schema(r: Record) -> Json:
    meanings = {name: {"description": meaning} for name, meaning in r.fields.items() if meaning}
    return {"allOf": [ref("EventFields")], "description": sentence(r.en), "x-zh": r.zh, "properties": {"kind": {"const": r.name}} | meanings}


def command_schema(schema: Schema, r: Record) -> Json:
    properties: Json = {"id": COMMAND_ID | {"description": "chosen at random; the same id is carried out once"},
                        "deadline_ns": GIVEN_ID | {"description": "ns since 1970; a repeat gives the same"},
                        "timeout_ms": {"type": "integer", "minimum": 1, "maximum": 600000},
                        "revision": {"type": "integer", "minimum": 0, "description": "of the call, as expected"}}
    required = []
    for name, meaning in r.fields.items():
        if name in IDS or name == "value":
            of: Json = dict(GIVEN_ID) if name != "value" else {"anyOf": [SIGNED, {"type": "integer"}]}
        elif name == "consent":
            of = enum(schema, "consent")
        elif name == "text":
            of = {"type": "string"}
        else:
            word = schema.field_enum(r, name)
            of = {"type": "integer", "minimum": 0}
            if word:
                of = {"anyOf": [enum(schema, word), of]}
        properties[name] = of | {"description": meaning.rstrip("?")}
        if not meaning.endswith("?") and not name.startswith("new_"):
            required.append(name)
    out: Json = {"type": "object", "properties": properties, "additionalProperties": False}
    return out | ({"required": required} if required else {})


def problem(schema: Schema) -> Json:
    own = ["unauthenticated", "login_failed", "locked_out", "rate_limited", "csrf_refused", "origin_refused", "token_in_url", "not_found",
           "method_not_allowed", "body_invalid", "body_too_large", "head_too_large", "request_invalid", "too_slow",
           "media_type_unsupported", "streams_full", "connections_full", "changed_meanwhile", "roster_invalid", "store_away", "internal"]
    return {"type": "object", "description": "RFC 9457, in the language of Accept-Language.", "required": ["type", "title", "status", "code"],
            "properties": {"type": {"type": "string"}, "title": {"type": "string"}, "status": {"type": "integer"},
                           "code": {"enum": [v.name for v in schema.errors] + own}, "instance": {"type": "string"},
                           "detail": {"type": "string"}, "command": COMMAND_ID, "sequence": {"type": "integer"},
                           "state": enum(schema, "connection_state"), "revision": {"type": "integer"}, "retry_after": {"type": "integer"},
                           "problems": {"type": "array", "items": {"type": "object", "properties": {
                               "line": {"type": "integer"}, "column": {"type": "integer"}, "found": {"type": "string"}, "expected": {"type": "string"}}}}}}


def house() -> Json:
    tables = ["calls", "parties", "operators", "queues", "devices", "reasons", "code_plans", "code_runs", "hand_overs", "request_kinds", "requests", "owed"]
    table = {"type": "object", "additionalProperties": {"type": ["object", "null"]}}
    return {"type": "object", "description": "The house at a sequence, or what has changed: whole objects by id; null: gone.",
            "required": ["type", "sequence"],
            "properties": {"type": {"const": "state"}, "sequence": {"type": "integer"}, "time_ns": SIGNED, "whole": {"type": "boolean"},
                           "board": {"type": "object"}, "link": {"type": "string"}, "link_age_ns": SIGNED} | {name: table for name in tables}}


def answer(content: Json, description: str, kind: str = "application/json") -> Json:
    return {"description": description, "content": {kind: {"schema": content}}}


REFUSED = {"default": {"$ref": "#/components/responses/Refused"}}


def query(**named: str) -> list[Json]:
    return [{"name": name, "in": "query", "description": meaning, "schema": {"type": "string"}} for name, meaning in named.items()]


PICKS = query(kinds="names of events, by comma", calls="ids, by comma", parties="ids", operators="ids", queues="ids", devices="ids", requests="ids", commands="ids")


def openapi(schema: Schema) -> Json:
    paths: Json = {
        "/v1/session": {
            "post": {"summary": "Logs on", "security": [],
                     "requestBody": {"required": True, "content": {"application/json": {"schema": {
                         "type": "object", "required": ["user", "password"],
                         "properties": {"user": {"type": "string"}, "password": {"type": "string"}}}}}},
                     "responses": {"200": answer(ref("Session"), "the session; its cookie is set")} | REFUSED},
            "get": {"summary": "Who asks", "responses": {"200": answer(ref("Session"), "the session")} | REFUSED},
            "delete": {"summary": "Logs off", "responses": {"204": {"description": "it has ended"}} | REFUSED}},
        "/v1/snapshot": {"get": {"summary": "The house", "responses": {"200": answer(ref("House"), "all of it")} | REFUSED}},
        "/v1/log": {"get": {"summary": "Events of the past", "parameters": query(after="a sequence", since_ns="from this time on, without after", limit="how many at most") + PICKS,
                            "responses": {"200": answer({"type": "object", "required": ["events", "position"], "properties": {
                                "events": {"type": "array", "items": ref("Event")}, "position": {"type": "integer"},
                                "end": {"type": "boolean"}}}, "a page")} | REFUSED}},
        "/v1/events": {"get": {"summary": "Events as they happen; see the AsyncAPI document",
                               "parameters": query(after="a sequence; Last-Event-ID comes before it", state="1: what changes in the house, too", figures="1: today's figures as they change, too",
                                                   events="0: without events") + PICKS,
                               "responses": {"200": answer({"type": "string"}, "server-sent events", "text/event-stream")} | REFUSED}},
        "/v1/directory": {"get": {"summary": "Finds people, departments and places", "parameters": query(q="words", count="how many at most"),
                                  "responses": {"200": answer({"type": "object"}, "the best first")} | REFUSED}},
        "/v1/roster": {
            "get": {"summary": "Who is on duty when, as the file has it, and where nobody or two are within 14 days",
                    "responses": {"200": answer(ref("Roster"), "the roster; If-Match takes its ETag")} | REFUSED},
            "put": {"summary": "Changes the roster; takes the right edit_roster", "parameters": [
                {"name": "If-Match", "in": "header", "required": True, "schema": {"type": "string"}, "description": "the ETag of what was changed"}],
                "requestBody": {"required": True, "content": {"application/json": {"schema": {
                    "type": "object", "required": ["csv"], "properties": {"csv": {"type": "string"}}}}}},
                "responses": {"200": answer(ref("Roster"), "the roster as it is now")} | REFUSED}},
        "/v1/callers": {"post": {"summary": "Who may be calling from a number, their calls and open requests, from the store; takes the right read_text, and is on record",
                                 "requestBody": {"required": True, "content": {"application/json": {"schema": {
                                     "type": "object", "required": ["number"], "properties": {"number": {"type": "string", "description": "in any spelling"}}}}}},
                                 "responses": {"200": answer({"type": "object", "required": ["persons", "calls", "requests"], "properties": {
                                     name: {"type": "array", "items": {"type": "object"}} for name in ("persons", "calls", "requests")}}, "newest first")} | REFUSED}},
        "/v1/duty": {"get": {"summary": "Who is on duty now", "parameters": query(post="a post or an entry"),
                             "responses": {"200": answer({"type": "object"}, "A first, then B")} | REFUSED}},
        "/v1/figures": {"get": {"summary": "Figures of a period; today's if no date is given",
                                "parameters": query(period="day, week, month, quarter, year", date="2026-10-01", by="queue,hour", figures="names"),
                                "responses": {"200": answer({"type": "object"}, "as cordboard report --format json")} | REFUSED}},
        "/metrics": {"get": {"summary": "The house for Prometheus", "responses": {"200": answer({"type": "string"}, "its text format, 0.0.4", "text/plain")} | REFUSED}},
        "/healthz": {"get": {"summary": "Whether a board is followed that lives", "security": [],
                             "responses": {"200": answer({"type": "object"}, "it is"), "503": answer({"type": "object"}, "it is not")}}},
    }
    for c in schema.commands:
        paths[f"/v1/commands/{c.name}"] = {"post": {
            "operationId": c.name, "summary": c.en, "x-zh": c.zh, "tags": ["commands"],
            "parameters": query(wait="seconds to wait for the outcome"),
            "requestBody": {"content": {"application/json": {"schema": ref(f"command_{c.name}")}}},
            "responses": {"200": answer(ref("Accepted"), "its outcome"), "202": answer(ref("Accepted"), "accepted; one outcome follows")} | REFUSED}}
    return {"openapi": "3.1.0", "info": {"title": "Cordboard", "version": str(schema.version), "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}},
            "security": [{"session": []}, {"token": []}], "paths": paths,
            "components": {
                "securitySchemes": {"session": {"type": "apiKey", "in": "cookie", "name": "cordboard_session",
                                                "description": "and X-CSRF-Token for what changes something"},
                                    "token": {"type": "http", "scheme": "bearer"}},
                "responses": {"Refused": answer(ref("Problem"), "nothing happened", "application/problem+json")},
                "schemas": components(schema) | {f"command_{c.name}": command_schema(schema, c) for c in schema.commands}}}


def components(schema: Schema) -> Json:
    return {"Problem": problem(schema), "House": house(), "EventFields": event_base(schema),
            "Event": {"oneOf": [ref(f"event_{e.name}") for e in schema.events],
                      "discriminator": {"propertyName": "kind", "mapping": {e.name: f"#/components/schemas/event_{e.name}" for e in schema.events}}},
            "Accepted": {"type": "object", "required": ["id", "state", "sequence"],
                         "properties": {"id": COMMAND_ID, "state": {"enum": ["accepted", "done", "failed", "timed_out"]},
                                        "sequence": {"type": "integer"}, "deadline_ns": SIGNED, "new_call": ID, "new_leg": ID, "new_party": ID,
                                        "outcome": ref("Event")}},
            "Roster": {"type": "object", "required": ["csv", "warnings"], "properties": {
                "csv": {"type": "string", "description": "post, person, from, to, role"},
                "warnings": {"type": "array", "items": {"type": "object", "required": ["what", "post"], "properties": {
                    "what": {"enum": ["gap", "overlap", "twice"]}, "post": {"type": "string"}, "person": {"type": "string"}, "other": {"type": "string"},
                    "from_ns": SIGNED, "to_ns": SIGNED}}}}},
            "Session": {"type": "object", "required": ["user", "rights", "commands"],
                        "properties": {"user": {"type": "string"}, "name": {"type": "string"}, "operator": ID,
                                       "departments": {"type": "array", "items": {"type": "string"}, "description": "numbers of those that are acted for"},
                                       "offers": {"type": "array", "items": {"enum": ["callers", "directory", "roster"]}, "description": "what this gateway has"},
                                       "rights": {"type": "array", "items": enum(schema, "right")},
                                       "commands": {"type": "array", "items": {"enum": [c.name for c in schema.commands]}},
                                       "csrf": {"type": "string"}, "time_ns": SIGNED, "expires_ns": SIGNED, "version": {"type": "string"}}},
            } | {f"event_{e.name}": event_schema(e) for e in schema.events}


def asyncapi(schema: Schema) -> Json:
    def control(name: str, **properties: Json) -> Json:
        return {"name": name, "payload": {"type": "object", "required": ["type"], "properties": {"type": {"const": name}} | properties}}

    sequence, time = {"type": "integer"}, dict(SIGNED)
    messages: Json = {
        "event": {"name": "event", "payload": ref("Event")},
        "state": {"name": "state", "payload": ref("House")},
        "hello": control("hello", sequence=sequence, time_ns=time, version={"type": "string"}),
        "beat": control("beat", sequence=sequence, time_ns=time, link={"type": "string"}, link_age_ns=dict(SIGNED)),
        "figures": control("figures", position=sequence, at_ns=time, day={"type": "string"}, waiting={"type": "integer"}, longest_wait_ns=dict(SIGNED),
                           values={"type": "object"}, queues={"type": "array"}, operators={"type": "object"}),
        "gone": control("gone", code={"type": "string"}, oldest=sequence, advice={"type": "string"}),
        "answer": control("answer", status={"type": "integer"}),
        "command": {"name": "command", "payload": {"type": "object", "required": ["command"], "properties": {
            "command": {"enum": [c.name for c in schema.commands]}, "wait": {"type": "number"}}}},
    }
    down = ["event", "state", "figures", "hello", "beat", "gone"]
    channels = {"events": ("/v1/events", down), "socket": ("/v1/socket", [*down, "answer", "command"])}
    return {"asyncapi": "3.0.0", "info": {"title": "Cordboard", "version": str(schema.version)},
            "channels": {name: {"address": address, "messages": {m: {"$ref": f"#/components/messages/{m}"} for m in of}}
                         for name, (address, of) in channels.items()},
            "operations": {
                "followEvents": {"action": "receive", "channel": {"$ref": "#/channels/events"}},
                "followSocket": {"action": "receive", "channel": {"$ref": "#/channels/socket"},
                                 "messages": [{"$ref": f"#/channels/socket/messages/{m}"} for m in [*down, "answer"]]},
                "command": {"action": "send", "channel": {"$ref": "#/channels/socket"}, "messages": [{"$ref": "#/channels/socket/messages/command"}]}},
            "components": {"messages": messages, "schemas": {name: of for name, of in components(schema).items() if name not in ("Session", "Accepted", "Roster")}}}


def literal(text: str) -> str:
    """Raw strings side by side: one alone may be too long for a compiler."""
    size = 12000
    return "\n    ".join(f'R"~({text[at:at + size]})~"' for at in range(0, len(text), size))


def files(schema: Schema) -> dict[str, str]:
    documents = {"openapi": openapi(schema), "asyncapi": asyncapi(schema)}
    out = {f"schema/{name}.json": json.dumps(of, ensure_ascii=False, indent=1) + "\n" for name, of in documents.items()}
    parts = [f"const std::string_view {name}_document =\n    {literal(json.dumps(of, ensure_ascii=False, separators=(',', ':')))};\n"
             for name, of in documents.items()]
    out["src/gateway/api_documents.cpp"] = (
        "// SPDX-License-Identifier: Apache-2.0\n// clang-format off\n"
        "// Generated by schema/generate.py from schema/cordboard.toml; don't edit.\n#include <gateway/api_documents.hpp>\n\n"
        "namespace cordboard::gateway {\n\n" + "\n".join(parts) + "\n}  // namespace cordboard::gateway\n")
    return out
