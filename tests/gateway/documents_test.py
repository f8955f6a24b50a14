# SPDX-License-Identifier: Apache-2.0
"""The OpenAPI and AsyncAPI documents: whole, true of what the gateway sends, and served by it."""
import contextlib
import json
import pathlib
from typing import Any

import jsonschema
import pytest
from gate import Gate, Refused, house_tables
from hospital import Hospital

pytestmark = pytest.mark.needs("baresip", "sipp")
Closing = contextlib.AsyncExitStack
SCHEMA = pathlib.Path(__file__).resolve().parents[2] / "schema"
OPENAPI = json.loads((SCHEMA / "openapi.json").read_text())
ASYNCAPI = json.loads((SCHEMA / "asyncapi.json").read_text())


def named(name: str, document: dict[str, Any] = OPENAPI) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator({"$ref": f"#/components/schemas/{name}", "components": document["components"]})


def references(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        own += list(node.get("mapping", {}).values()) if "propertyName" in node else []
        return own + [one for value in node.values() for one in references(value)]
    return [one for value in node for one in references(value)] if isinstance(node, list) else []


@pytest.mark.parametrize("document", [OPENAPI, ASYNCAPI], ids=["openapi", "asyncapi"])
def test_each_document_is_whole(document: dict[str, Any]) -> None:
    for where in references(document):
        at: Any = document
        for part in where.removeprefix("#/").split("/"):
            at = at[part]
    for schema in document["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)
    if "openapi" in document:
        assert document["openapi"] == "3.1.0"
        for path, item in document["paths"].items():
            for method, operation in item.items():
                assert method in ("get", "post", "put", "delete") and operation["responses"], path
    else:
        assert document["asyncapi"] == "3.0.0"
        assert all(operation["action"] in ("send", "receive") for operation in document["operations"].values())


async def test_what_is_sent_is_what_is_described(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await Hospital.open(tmp_path, closing, **house_tables())
    gate = await Gate.open(hospital.house.run, tmp_path / "gate", closing)
    await gate.follows()
    visitor = await gate.visitor()
    assert await visitor.ask("GET", "/v1/openapi.json") == OPENAPI
    assert await visitor.ask("GET", "/v1/asyncapi.json") == ASYNCAPI
    _, caller, call = await hospital.talk()
    screen = await gate.browser("zhang")
    named("Session").validate(screen.session)
    named("House").validate(await screen.ask("GET", "/v1/snapshot"))
    page = await screen.ask("GET", "/v1/log?limit=5000")
    by_kind = {schema["properties"]["kind"]["const"]: name for name, schema in OPENAPI["components"]["schemas"].items() if name.startswith("event_")}
    for event in page["events"]:
        named(by_kind[event["kind"]]).validate(event)
    assert len({e["kind"] for e in page["events"]}) > 15
    body = {"call": str(int(call))}
    named("command_hold").validate(body)
    named("Accepted").validate(await screen.give("hold", **body))
    with pytest.raises(Refused) as refused:
        await screen.give("hold", **body)
    named("Problem").validate(refused.value.problem)
    async for message in screen.events("state=1"):
        payload = ASYNCAPI["components"]["messages"][message["event"]]["payload"]
        jsonschema.Draft202012Validator(payload | {"components": ASYNCAPI["components"]}).validate(message["data"])
        if message["event"] == "beat":
            break
    await caller.hang_up()
    assert (await caller.result()).exit_code == 0
