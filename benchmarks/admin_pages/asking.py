"""Asking pages: milliseconds, queries, and whether they hold."""

import time
from typing import Any

import numpy as np
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from benchmarks.admin_pages.pages import pages


def ask_all(client: Client, *, repeat: int, only: str) -> list[dict[str, Any]]:
    """Ask each page `repeat` times after a first time that fills caches."""
    return [ask(client, page, repeat=repeat) for page in pages(client) if only in page]


def ask(client: Client, page: str, *, repeat: int) -> dict[str, Any]:
    """Return status, bytes, queries, times of the page, and its slowest statement."""
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(page)
        queries = list(captured.captured_queries)  # the next request empties the log
    times, cpu_before = [], time.process_time()
    for _ in range(repeat):
        started = time.perf_counter()
        client.get(page)
        times.append(1000 * (time.perf_counter() - started))
    cpu_ms = 1000 * (time.process_time() - cpu_before) / repeat
    dearest = max(queries, key=lambda each: float(each["time"]), default=None)
    return {
        "page": page,
        "status": answer.status_code,
        "bytes": len(answer.content),
        "queries": len(queries),
        "p50_ms": round(float(np.percentile(times, 50)), 1),
        "p95_ms": round(float(np.percentile(times, 95)), 1),
        "cpu_ms": round(cpu_ms, 1),  # of Django; the rest is the database, and waiting for a core
        "dearest_sql": f"{dearest['time']} s {dearest['sql'][:300]}" if dearest else "",
    }


def checks(found: list[dict[str, Any]], *, most_ms: float) -> list[dict[str, Any]]:
    """Return what the pages have to hold."""
    slowest = max((page["p95_ms"] for page in found), default=0.0)
    failed = [page["page"] for page in found if page["status"] != 200]
    return [
        {
            "name": "p95 of the slowest page, ms",
            "value": slowest,
            "bar": most_ms,
            "holds": slowest <= most_ms,
        },
        {"name": "pages that failed", "value": len(failed), "bar": 0, "holds": not failed},
        {
            "name": "pages asked",
            "value": len(found),
            "bar": 1,
            "holds": bool(found),
        },
    ]
