"""What training reads of the database."""

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from catalog.models import Product
from catalog.services import ensure_products
from fusion.dataset.snapshot import take_snapshot
from fusion.features import store
from fusion.models import Embedding
from tests.factories import NOON, EventFactory, ProductFactory, ShopperFactory
from users.history import recent_history
from users.models import EventKind, Shopper

pytestmark = pytest.mark.django_db

SECONDS = int(NOON.timestamp())


def act(
    shopper: Shopper, product: Product, kind: str = EventKind.VIEW, *, seconds: float = -100
) -> None:
    value = 5.0 if kind == EventKind.RATING else None
    EventFactory.create(
        shopper=shopper,
        product=product,
        kind=kind,
        value=value,
        occurred_at=NOON + timedelta(seconds=seconds),
    )


def test_acts_become_sorted_interactions() -> None:
    lamp, chair = ProductFactory.create_batch(2)
    ann, bob = ShopperFactory.create_batch(2)
    act(bob, chair, EventKind.PURCHASE, seconds=-50.25)
    act(ann, chair, EventKind.LIKE, seconds=-10)
    act(ann, lamp, EventKind.CART, seconds=-20)

    data = take_snapshot(cutoff=NOON)

    rows = data.interactions
    assert data.num_shoppers == 2
    assert data.item_ids.tolist() == [0, lamp.pk, chair.pk]
    assert rows.shopper.tolist() == [0, 0, 1]
    assert rows.item.tolist() == [1, 2, 2]
    assert rows.occurred_at.tolist() == [SECONDS - 20, SECONDS - 10, SECONDS - 51]
    assert rows.weight.tolist() == pytest.approx([0.6, 0.8, 1.0])
    assert data.cutoff == SECONDS


def test_acts_at_the_cutoff_and_after_it_stay_unknown() -> None:
    [lamp], [ann] = ProductFactory.create_batch(1), ShopperFactory.create_batch(1)
    act(ann, lamp, seconds=-1)
    act(ann, lamp, seconds=0)
    act(ann, lamp, seconds=1)

    assert take_snapshot(cutoff=NOON).interactions.occurred_at.tolist() == [SECONDS - 1]


def test_a_remove_cancels_what_came_before_it_on_that_product_only() -> None:
    lamp, chair = ProductFactory.create_batch(2)
    ann, bob = ShopperFactory.create_batch(2)
    act(ann, lamp, seconds=-50)
    act(ann, chair, seconds=-45)
    act(ann, lamp, EventKind.CART, seconds=-40)
    act(ann, lamp, EventKind.REMOVE, seconds=-30)
    act(ann, lamp, EventKind.LIKE, seconds=-20)
    act(bob, lamp, seconds=-60)

    rows = take_snapshot(cutoff=NOON).interactions

    assert rows.item.tolist() == [2, 1, 1]
    assert rows.shopper.tolist() == [0, 0, 1]
    assert rows.weight.tolist() == pytest.approx([0.2, 0.8, 0.2])


def test_training_reads_a_history_as_a_request_does() -> None:
    lamp, chair, table = ProductFactory.create_batch(3)
    [ann] = ShopperFactory.create_batch(1)
    for product, kind in [(lamp, "view"), (lamp, "cart"), (chair, "view"), (lamp, "remove")]:
        act(ann, product, kind)
    act(ann, table, EventKind.RATING, seconds=-5)
    act(ann, table, EventKind.PURCHASE, seconds=-5)

    data = take_snapshot(cutoff=NOON)

    entries = recent_history(ann.pk, before=NOON)
    assert data.item_ids[data.interactions.item].tolist() == [e.product_pk for e in entries]
    assert data.interactions.occurred_at.tolist() == [e.occurred_at for e in entries]
    assert data.interactions.weight.tolist() == pytest.approx([e.weight for e in entries])


def test_a_product_without_description_waits_and_a_cold_one_is_an_item() -> None:
    pks = ensure_products(["unheard-of"])
    cold = ProductFactory.create()
    ann = ShopperFactory.create()
    act(ann, Product.objects.get(pk=pks["unheard-of"]))

    data = take_snapshot(cutoff=NOON)

    assert data.item_ids.tolist() == [0, cold.pk]
    assert len(data.interactions) == 0
    assert data.num_shoppers == 0


def test_features_and_texts_stand_in_the_rows_of_their_items() -> None:
    lamp = ProductFactory.create(title="Lamp", text_hash="a" * 64)
    chair = ProductFactory.create(title="Chair", text_hash="b" * 64)
    Embedding.objects.create(
        encoder=store.encoder_in_use("text"),
        content_hash=chair.text_hash,
        vector=np.array([0, 1], "<f2").tobytes(),
    )

    data = take_snapshot(cutoff=NOON)

    assert data.item_ids.tolist() == [0, lamp.pk, chair.pk]
    assert data.texts == ["", "Lamp", "Chair"]
    assert list(data.modalities) == ["text"]  # no product has a picture
    assert data.modalities["text"].vectors.tolist() == [[0, 0], [0, 0], [0, 1]]
    assert data.modalities["text"].present.tolist() == [False, False, True]


def test_the_hash_tells_data_apart_and_nothing_else() -> None:
    [lamp], [ann] = ProductFactory.create_batch(1), ShopperFactory.create_batch(1)
    act(ann, lamp)
    first = take_snapshot(cutoff=NOON).data_hash
    same = take_snapshot(cutoff=NOON + timedelta(hours=1)).data_hash
    act(ann, lamp, seconds=-1)
    other = take_snapshot(cutoff=NOON).data_hash

    assert first == same
    assert first != other


def test_a_snapshot_comes_back_from_a_folder(tmp_path: Path) -> None:
    [lamp], [ann] = ProductFactory.create_batch(1), ShopperFactory.create_batch(1)
    act(ann, lamp)
    data = take_snapshot(cutoff=NOON)

    data.save(tmp_path)

    read = type(data).load(tmp_path)
    assert read.data_hash == data.data_hash
    assert read.interactions.occurred_at.tolist() == data.interactions.occurred_at.tolist()


ON_SQLITE = """
import django, json
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from datetime import timedelta
from fusion.dataset.snapshot import take_snapshot
from tests.factories import NOON, EventFactory, ProductFactory, ShopperFactory
ann = ShopperFactory.create()
for seconds, kind in [(-50.25, "view"), (-40, "remove"), (-30, "cart"), (0, "view")]:
    product = ProductFactory.create() if seconds < -45 else product
    moment = NOON + timedelta(seconds=seconds)
    EventFactory.create(shopper=ann, product=product, kind=kind, occurred_at=moment)
EventFactory.create(shopper=ann, kind="like", occurred_at=NOON - timedelta(seconds=10.5))
rows = take_snapshot(cutoff=NOON).interactions
print(json.dumps([rows.item.tolist(), rows.occurred_at.tolist(), rows.weight.tolist()]))
"""


def test_sqlite_reads_the_same(tmp_path: Path) -> None:
    env = {
        **os.environ,
        "DATABASE_URL": f"sqlite:///{tmp_path / 'db.sqlite3'}",
        "DJANGO_SETTINGS_MODULE": "recsys.settings",
    }
    done = subprocess.run(
        [sys.executable, "-c", ON_SQLITE], capture_output=True, text=True, check=True, env=env
    )

    items, moments, weights = json.loads(done.stdout.splitlines()[-1])
    assert items == [1, 2]
    assert moments == [SECONDS - 30, SECONDS - 11]
    assert weights == pytest.approx([0.6, 0.8])
