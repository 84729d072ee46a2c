"""What tests of every part share."""

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection
from redis import Redis
from rest_framework.test import APIClient

from fusion.serving.after_ranking.exploration import explorable_cache
from fusion.serving.baskets import basket_counts
from fusion.serving.merchandising import merchandising_cache
from fusion.serving.popular import popularity_cache
from recsys.stack import Stack
from users.api_keys import create_api_key
from users.models import ApiKeyKind


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what this run has no server, browser or data for, and say so."""
    for item in items:
        if item.get_closest_marker("postgres_only") and connection.vendor != "postgresql":
            item.add_marker(pytest.mark.skip(reason="needs PostgreSQL: SQLite has no row locks"))
        if item.get_closest_marker("real_data") and not os.environ.get("RECSYS_REAL_DATA"):
            item.add_marker(pytest.mark.skip(reason="needs RECSYS_REAL_DATA, the data's folder"))


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    """Forget what the test before knew: a process remembers it for up to a minute."""
    popularity_cache.forget()
    basket_counts.forget()
    merchandising_cache.forget()
    explorable_cache.forget()


@pytest.fixture
def real_data() -> Path:
    """The folder with the real data sets."""
    return Path(os.environ["RECSYS_REAL_DATA"])


@pytest.fixture
def redis_client() -> Iterator[Redis]:
    """An empty database of the real server at `settings.REDIS_URL`."""
    with Redis.from_url(settings.REDIS_URL, decode_responses=True) as client:
        client.flushdb()
        yield client
        client.flushdb()


def _client(kind: ApiKeyKind, scopes: list[str]) -> APIClient:
    client = APIClient()
    _, key = create_api_key(name="tests", kind=kind, scopes=scopes)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    return client


@pytest.fixture
def api(db: None) -> APIClient:
    """A client with a secret key of every scope."""
    return _client(ApiKeyKind.SECRET, ["recommend", "ingest", "operate"])


@pytest.fixture
def publishable_api(db: None) -> APIClient:
    """A client with a key as it lies in a web page."""
    return _client(ApiKeyKind.PUBLISHABLE, ["events"])


def _database_url() -> str:
    """The address of this test's database, for processes that the test starts."""
    known = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{known['NAME']}"
    credentials = f"{known['USER']}:{quote(known['PASSWORD'] or '', safe='')}"
    host = quote(known["HOST"] or "", safe="")
    port = f":{known['PORT']}" if known["PORT"] else ""
    return f"postgresql://{credentials}@{host}{port}/{known['NAME']}"


@pytest.fixture
def stack(transactional_db: None, redis_client: Redis, tmp_path: Path) -> Iterator[Stack]:
    """Real processes on this test's database and Redis; start them by its methods."""
    running = Stack(tmp_path)
    running.env |= {
        "DATABASE_URL": _database_url(),
        "REDIS_URL": settings.REDIS_URL,
        "VAR_DIR": str(settings.VAR_DIR),
        "SECRET_KEY": settings.SECRET_KEY,
        "OMP_NUM_THREADS": "1",
    }
    yield running
    running.stop()
