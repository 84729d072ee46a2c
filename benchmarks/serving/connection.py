"""One kept-alive HTTP/1.1 connection that costs its process little."""

import asyncio
import re
from typing import cast

TIMEOUT_S = 10.0
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)
END_OF_HEAD = b"\r\n\r\n"


class Connection(asyncio.Protocol):
    """Asks one question at a time and waits for the whole answer.

    Client libraries cost a millisecond a request, as much as the servers that are measured. The
    servers here tell the length of each answer, so this is all that is needed.
    """

    def __init__(self) -> None:
        self._received = b""
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None
        self._transport: asyncio.Transport | None = None

    @classmethod
    async def open(cls, port: int) -> "Connection":
        """Connect to this machine."""
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(cls, "127.0.0.1", port)
        return connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is none by its class

    def data_received(self, data: bytes) -> None:
        """Give the answer on once it is whole."""
        self._received += data
        head, found, body = self._received.partition(END_OF_HEAD)
        if not found or self._answer is None or self._answer.done():
            return
        length = LENGTH.search(head + b"\r\n")
        if length is None:
            self._answer.set_exception(ConnectionError("an answer without its length"))
        elif len(body) >= int(length[1]):
            self._received = b""
            self._answer.set_result((int(head[9:12]), body))

    def connection_lost(self, error: Exception | None) -> None:
        """Tell who waits."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error or ConnectionError("closed by the server"))

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        """Return status and body.

        Raises:
            OSError: the server hung up, or took longer than TIMEOUT_S.
        """
        assert self._transport is not None
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        async with asyncio.timeout(TIMEOUT_S):
            return await self._answer

    @property
    def is_open(self) -> bool:
        """Say whether another question can be asked."""
        return self._transport is not None and not self._transport.is_closing()

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()
