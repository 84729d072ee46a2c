"""Load: reads a plan and asks over HTTP. `python -m benchmarks.serving.generator < plan.json`.

With clients, each asks again as soon as it is answered. With a rate, questions are sent evenly
spaced when they are due, whatever became of the earlier ones, and a question's time counts from
the moment it was due: a server that stalls is not asked less, and does not look faster for it.
"""

import asyncio
import json
import random
import secrets
import sys
import time
from collections.abc import Callable
from typing import Any

import uvloop

from benchmarks.processes import Spending
from benchmarks.serving.connection import Connection
from benchmarks.serving.noted import Notes


class Generator:
    """Asks the questions of one plan.

    Args:
        plan: `Plan` as JSON has it, with port, key and number of shoppers.
    """

    def __init__(self, plan: dict[str, Any]) -> None:
        self._plan = plan
        self._number = 0
        self._word = secrets.token_hex(4)
        self._random = random.Random(7)  # noqa: S311
        self._idle: list[Connection] = []
        self.notes = Notes({kind["name"]: kind["step"] for kind in plan["kinds"]})

    async def run(self) -> dict[str, Any]:
        """Ask until the time is over; return the figures."""
        spending, started = Spending(self._plan["pids"]), time.perf_counter()
        await (self._at_a_rate() if self._plan["rate"] else self._by_clients())
        seconds, spent = time.perf_counter() - started, spending.so_far()
        for connection in self._idle:
            connection.close()
        return self.notes.figures(seconds) | {"cpu_seconds": spent}

    async def _by_clients(self) -> None:
        give_up_at = time.perf_counter() + self._plan["seconds"]

        async def client() -> None:
            while (now := time.perf_counter()) < give_up_at:
                await self._ask(now)

        await asyncio.gather(*(client() for _ in range(self._plan["clients"])))

    async def _at_a_rate(self) -> None:
        rate, started = self._plan["rate"], time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for number in range(round(rate * self._plan["seconds"])):
                due = started + number / rate
                await asyncio.sleep(due - time.perf_counter())
                group.create_task(self._ask(due))

    async def _ask(self, due: float) -> None:
        """Ask one question, over a new connection when all are busy, and note what came."""
        name, request = self._next()
        try:
            connection = await self._connection()
            status, body = await connection.ask(request)
        except OSError as error:
            self.notes.failed(name, type(error).__name__)
            return
        self.notes.answered(name, time.perf_counter() - due, status, body)
        self._idle.append(connection)

    async def _connection(self) -> Connection:
        while self._idle:
            connection = self._idle.pop()
            if connection.is_open:
                return connection
        return await Connection.open(self._plan["port"])

    def _next(self) -> tuple[str, bytes]:
        """Return the next question's kind and bytes."""
        self._number += 1
        kinds = self._plan["kinds"]
        [kind] = self._random.choices(kinds, [kind["share"] for kind in kinds])
        path = kind["path"].replace("{shopper}", str(self._number % self._plan["shoppers"]))
        path = path.replace("{fresh}", f"{self._word}-{self._number}")
        head = (
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {self._plan['key']}"
        )
        return kind["name"], f"{head}\r\n\r\n".encode()


def main(run: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Read a plan, carry it out, print the figures."""
    print(json.dumps(run(json.load(sys.stdin))))


if __name__ == "__main__":
    main(lambda plan: uvloop.run(Generator(plan).run()))
