"""What tests of the model's Django side share."""

from collections.abc import Callable, Iterator

import pytest
from redis import Redis

from fusion.models import ModelVersion
from fusion.serving.model_server import ModelServer
from recsys.stack import wait_until
from tests.fusion.served_shop import Shop, loaded_version, open_shop, write_version


@pytest.fixture
def shop(transactional_db: None, redis_client: Redis) -> Shop:
    """The checkerboard's products, and an empty Redis."""
    return open_shop()


@pytest.fixture
def version(shop: Shop) -> ModelVersion:
    """A promoted version of the shop."""
    return write_version(shop)


@pytest.fixture
def start_server(redis_client: Redis) -> Iterator[Callable[[], ModelServer]]:
    """Start the threads of a serve worker in this process."""
    servers: list[ModelServer] = []

    def start() -> ModelServer:
        servers.append(ModelServer("tests"))
        servers[-1].start()
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def server(
    version: ModelVersion, redis_client: Redis, start_server: Callable[[], ModelServer]
) -> ModelServer:
    """A serve worker's threads with the version loaded."""
    started = start_server()
    wait_until(
        lambda: loaded_version(redis_client) == version.pk, seconds=20, what="no version loaded"
    )
    return started
