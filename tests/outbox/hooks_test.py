# SPDX-License-Identifier: Apache-2.0
"""Hooks: another program is told of events as they happen, signed, in order, over outages of either side; numbers only as it may see them."""
import base64
import contextlib
import hashlib
import hmac
import pathlib

from cordboard import RequestKindConfigured
from hospital import Hospital
from peers import until
from receivers import HttpServer, Post, http_server, outbox

Closing = contextlib.AsyncExitStack
SECRET = "geheim"


def is_signed(post: Post) -> bool:
    head = post.headers
    said = f"{head['webhook-id']}.{head['webhook-timestamp']}.".encode() + post.body
    return head["webhook-signature"] == "v1," + base64.b64encode(hmac.digest(SECRET.encode(), said, hashlib.sha256)).decode()


async def test_requests_are_told_in_order_over_outages_of_either_side(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await Hospital.open(tmp_path, closing)
    server = await http_server(closing)
    secret = tmp_path / "hook.secret"
    secret.write_text(SECRET + "\n")
    secret.chmod(0o600)
    made = await outbox(closing, hospital.house, tmp_path, hook=[{"name": "his", "url": f"{server.url}/events", "secret_file": str(secret), "texts": "masked"}])

    async def opens(name: str) -> None:
        request = await hospital.board.requests.open("callback", name=name, number="13800138000", matter="化验")
        await request.close("done")

    def told(kind: str) -> list[dict[str, str]]:
        """What was taken at last: of an event that is tried again, the last try."""
        by_id = {post.headers["webhook-id"]: post.json for post in server.posts}
        return [by_id[key] for key in sorted(by_id, key=int) if by_id[key]["type"] == f"cordboard.{kind}"]

    await opens("王芳")
    await until(lambda: len(told("request_closed")) == 1, 15, "the first")
    [first] = told("request_opened")
    assert (first["specversion"], first["source"], first["datacontenttype"]) == ("1.0", "cordboard", "application/json")
    assert '"number":"138****8000"' in first["data"]["text"] and "化验" not in str(first)  # type: ignore[index]
    assert all(is_signed(post) for post in server.posts)
    server.answers = [500, 429, 503]  # busy: the same one again, and nothing passes it
    await opens("陈静")
    await until(lambda: len(told("request_closed")) == 2, 15, "the second")
    await server.stop()
    await opens("away")
    await made.kill()
    await opens("both away")
    await server.start()
    await made.start()
    await until(lambda: len(told("request_closed")) == 4, 20, "those of the outage")
    await hospital.crash()
    await opens("after the board's crash")
    await until(lambda: len(told("request_closed")) == 5, 20, "the last")
    taken: list[int] = []
    for post in server.posts:
        sequence = int(post.headers["webhook-id"])
        assert not taken or sequence >= taken[-1], "an event overtook another one"
        taken.append(sequence)
    assert len(told("request_opened")) == 5
    kinds = {post.json["type"] for post in server.posts}
    assert "cordboard.request_kind_configured" not in kinds and all(k.startswith("cordboard.") for k in kinds)


async def test_a_hook_that_never_answers_holds_up_nobody_and_gives_up(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await Hospital.open(tmp_path, closing)
    server, away = await http_server(closing), HttpServer()
    made = await outbox(closing, hospital.house, tmp_path, outbox={"give_up": "1s"},
                        hook=[{"name": "away", "url": f"{away.url}/", "events": ["request_opened"]},
                              {"name": "here", "url": f"{server.url}/", "events": ["request_opened"]}])
    await hospital.board.requests.open("callback", number="13800138000")
    await until(lambda: len(server.posts) == 1, 10, "the one that is there")
    assert "text" not in server.posts[0].json["data"] and "webhook-signature" not in server.posts[0].headers
    assert made.child is not None
    child = made.child
    await until(lambda: "is given up" in child.text(), 15, "giving up")
    assert "13800138000" not in child.text()
    assert hospital.watch.all(RequestKindConfigured)
