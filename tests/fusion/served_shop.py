"""The checkerboard shop in the database, with versions trained on it."""

import copy
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from django.conf import settings
from redis import Redis

from catalog.models import Category, Product
from fusion.models import ModelVersion, TrainingRun
from fusion.network.recommender import Recommender
from fusion.serving import heartbeat, keys
from fusion.serving.heartbeat import Fleet, Heartbeat
from fusion.training.artifact import write_artifact
from fusion.training.train import train
from tests.factories import EventFactory, ShopperFactory
from tests.fusion.checkerboard import NUM_ITEMS, checkerboard, silent, small_config
from users.models import Shopper

NOW = datetime.now().astimezone()
CUTOFF = NOW - timedelta(minutes=30)  # the shop's products are older, so training has read them


@cache
def trained() -> Recommender:
    """Train on the checkerboard, once for all tests of a process."""
    with TemporaryDirectory() as folder:
        return train(checkerboard(), small_config(), progress=silent, checkpoint_dir=Path(folder))


@dataclass(frozen=True)
class Shop:
    """Products in the order of the checkerboard's rows: the first is odd, the second even."""

    products: list[Product]

    @property
    def odd(self) -> list[Product]:
        """Return what odd shoppers take."""
        return self.products[::2]

    @property
    def even(self) -> list[Product]:
        """Return what even shoppers take."""
        return self.products[1::2]

    def pks(self) -> list[int]:
        """Return the products' keys."""
        return [product.pk for product in self.products]


def open_shop() -> Shop:
    """Write the products of the checkerboard into the database."""
    kinds = [Category.objects.create(path=name, name=name) for name in ("Even", "Odd")]
    rows = [
        Product(external_id=f"p{row:02}", title=f"Product {row}", category=kinds[row % 2])
        for row in range(1, NUM_ITEMS + 1)
    ]
    shop = Shop(Product.objects.bulk_create(rows))
    Product.objects.update(updated_at=NOW - timedelta(hours=1))
    return shop


def shopper_of(products: list[Product], external_id: str) -> Shopper:
    """Return a shopper who viewed these products, the last one just now."""
    shopper = ShopperFactory.create(external_id=external_id)
    for age, product in enumerate(reversed(products)):
        EventFactory.create(
            shopper=shopper, product=product, occurred_at=NOW - timedelta(minutes=age + 1)
        )
    return shopper


def write_version(shop: Shop, *, status: str = ModelVersion.Status.ACTIVE) -> ModelVersion:
    """Write the trained recommender as a version of this shop."""
    recommender = copy.deepcopy(trained())
    recommender.item_ids = torch.tensor([0, *shop.pks()])
    name = uuid.uuid4().hex
    write_artifact(settings.FUSION_ARTIFACT_DIR, name, recommender, report={}, data=checkerboard())
    run = TrainingRun.objects.create(status=TrainingRun.Status.SUCCEEDED)
    return ModelVersion.objects.create(
        run=run, status=status, artifact=name, data_hash=name, cutoff=CUTOFF
    )


def workers_say(redis: Redis) -> list[Heartbeat]:
    """Return the last signs of life of the serve workers that are there, by name."""
    names: Any = redis.smembers(keys.WORKERS)
    bodies: list[Any] = [redis.get(keys.worker_heartbeat(name)) for name in sorted(names)]
    return [heartbeat.unpack(body.encode()) for body in bodies if body]


def fleet(redis: Redis) -> Fleet | None:
    """Return what web processes know of the serve workers."""
    body: Any = redis.get(keys.HEARTBEAT)
    return heartbeat.read(body and body.encode())


def loaded_version(redis: Redis) -> int | None:
    """Return the one version that the serve workers answer with; None while they differ."""
    known = fleet(redis)
    return known.version_ids[0] if known and len(known.version_ids) == 1 else None
