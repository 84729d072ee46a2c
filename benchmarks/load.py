"""Clients that ask again as soon as they have an answer, and what it costs the servers."""

import http.client
import os
import statistics
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

TICK_S = 1 / os.sysconf("SC_CLK_TCK")


@dataclass
class Load:
    """Requests over kept-alive connections.

    Args:
        path: the address of the n-th request.
        inspect: sees each body; what it returns is counted.
    """

    port: int
    key: str
    path: Callable[[int], str]
    inspect: Callable[[bytes], str]
    seconds_of: list[float] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    def run(self, *, clients: int, seconds: float) -> dict[str, object]:
        """Return figures of `seconds` seconds with this many clients."""
        give_up_at = time.monotonic() + seconds
        threads = [
            threading.Thread(target=self._client, args=(number, give_up_at))
            for number in range(clients)
        ]
        started = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        took = time.monotonic() - started
        cuts = statistics.quantiles(self.seconds_of, n=100)
        return {
            "clients": clients,
            "requests": len(self.seconds_of),
            "requests_per_s": round(len(self.seconds_of) / took, 1),
            "p50_ms": round(cuts[49] * 1000, 2),
            "p95_ms": round(cuts[94] * 1000, 2),
            "p99_ms": round(cuts[98] * 1000, 2),
            "answers": self.counts,
        }

    def _client(self, number: int, give_up_at: float) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"Authorization": f"Bearer {self.key}"}
        turn = 0
        while time.monotonic() < give_up_at:
            turn += 1
            started = time.perf_counter()
            connection.request("GET", self.path(number * 1_000_000 + turn), headers=headers)
            answer = connection.getresponse()
            body = answer.read()
            self.seconds_of.append(time.perf_counter() - started)
            name = self.inspect(body) if answer.status == 200 else str(answer.status)
            self.counts[name] = self.counts.get(name, 0) + 1


def cpu_seconds(session: int) -> float:
    """Return the processor time of all processes of one session, dead children included."""
    total = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            columns = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # ended while we looked
        if int(columns[3]) == session:
            total += sum(map(int, columns[11:15]))
    return total * TICK_S
