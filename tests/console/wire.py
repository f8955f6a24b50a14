# SPDX-License-Identifier: Apache-2.0
"""The network between a browser and the gateway, which can be cut without a word, as a cable is."""
from __future__ import annotations

import asyncio


class Wire:
    def __init__(self, host: str, port: int):
        self.to = (host, port)
        self.port = 0
        self._whole = asyncio.Event()
        self._whole.set()
        self._ends: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def start(self) -> Wire:
        self._server = await asyncio.start_server(self._taken, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def cut(self) -> None:
        """From now on nothing passes, and nobody is told."""
        self._whole.clear()

    def mend(self) -> None:
        """What was in the cut wire is lost, as its connections are."""
        for end in self._ends:
            end.transport.abort()
        self._whole.set()

    async def stop(self) -> None:
        assert self._server
        self._server.close()
        self._whole.set()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _taken(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        far: asyncio.StreamWriter | None = None
        try:
            self._ends.add(writer)
            await self._whole.wait()
            far_reader, far = await asyncio.open_connection(*self.to)
            self._ends.add(far)
            await asyncio.gather(self._pass(reader, far), self._pass(far_reader, writer))
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            for end in (writer, far):
                if end is not None:
                    self._ends.discard(end)
                    end.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(65536):
            await self._whole.wait()
            writer.write(piece)
            await writer.drain()
        raise ConnectionResetError
