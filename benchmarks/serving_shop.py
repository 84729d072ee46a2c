"""Fills a database for benchmarks/stack.py.

The model has random weights: ranking costs what it costs with trained ones.
`python -m benchmarks.serving_shop --products N --shoppers N` prints an API key.
"""

import argparse
import random
import uuid
from datetime import timedelta
from typing import Any

import django

EVENTS_EACH = 20
FALL = 0.55  # of the spread of a vector's numbers: as hard to shorten as vectors trained on hm-week
SCOPES = ["recommend", "ingest", "operate"]
MOST_CALLS = 10_000_000  # a minute: counted, as for any key, and never reached


def main() -> None:
    """Fill the database, promote the model, print the key."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--products", type=int, required=True)
    parser.add_argument("--shoppers", type=int, required=True)
    options = parser.parse_args()
    django.setup()
    pks = make_catalogue(options.products)
    make_histories(pks, options.shoppers)
    promote(pks)
    print(make_key())


def make_catalogue(num_products: int) -> list[int]:
    """Write products; return their keys."""
    from catalog.models import Category, Product

    names = [f"Category {number}" for number in range(50)]
    categories = Category.objects.bulk_create(Category(path=name, name=name) for name in names)
    rows = (
        Product(external_id=f"p{n:07}", title=f"Product {n}", category=categories[n % 50])
        for n in range(num_products)
    )
    return [row.pk for row in Product.objects.bulk_create(rows, batch_size=5_000)]


def make_histories(pks: list[int], num_shoppers: int) -> None:
    """Write shoppers u0, u1, … with some views each."""
    from django.utils import timezone

    from users.models import Event, EventKind, Shopper, ShopperKind

    rng, now = random.Random(7), timezone.now()  # noqa: S311
    shoppers = Shopper.objects.bulk_create(
        Shopper(kind=ShopperKind.CUSTOMER, external_id=f"u{n}") for n in range(num_shoppers)
    )
    Event.objects.bulk_create(
        (
            Event(
                event_id=uuid.uuid4(),
                shopper=shopper,
                product_id=rng.choice(pks),
                kind=EventKind.VIEW,
                occurred_at=now - timedelta(minutes=rng.randrange(1, 40_000)),
            )
            for shopper in shoppers
            for _ in range(EVENTS_EACH)
        ),
        batch_size=5_000,
    )


def random_recommender(pks: list[int]) -> Any:
    """Return a recommender of the default size that has learned nothing.

    The first numbers of a vector differ most between products, as those of encoders do.
    """
    import torch

    from fusion.config import TrainingConfig
    from fusion.network.recommender import Recommender, RecommenderShape

    torch.manual_seed(7)
    config, num_items = TrainingConfig(), len(pks)
    neighbours = config.co_occurrence.neighbours
    shape = RecommenderShape(num_items, neighbours, {"text": 384, "image": 1280})
    recommender = Recommender(config, shape)
    recommender.item_ids = torch.tensor([0, *pks])
    recommender.counts[1:] = 5.0
    recommender.co_occurrence.neighbours.random_(1, num_items + 1)
    recommender.co_occurrence.strengths.uniform_(0, 1)
    recommender.sequence.items.weight.data *= _spread(config.sequence.embedding_dim)
    for name in recommender.content:
        network = recommender.content_network(name)
        network.features.normal_().mul_(_spread(network.features.shape[1]))
        network.present[1:] = True
    return recommender


def _spread(width: int) -> Any:
    """Return the (width,) standard deviation of each number of a vector."""
    import torch

    return torch.arange(1, width + 1) ** -FALL


def promote(pks: list[int]) -> None:
    """Write the recommender as the active version."""
    import numpy as np
    from django.conf import settings
    from django.utils import timezone

    from fusion.dataset.data import Interactions, TrainingData
    from fusion.models import ModelVersion, TrainingRun
    from fusion.training.artifact import write_artifact

    none = np.zeros(0)
    data = TrainingData(
        interactions=Interactions(none, none, none, none),  # type: ignore[arg-type]
        num_shoppers=0,
        item_ids=np.array([0, *pks]),
        modalities={},
        texts=None,
        data_hash="random",
        cutoff=0,
    )
    write_artifact(
        settings.FUSION_ARTIFACT_DIR, "random", random_recommender(pks), report={}, data=data
    )
    ModelVersion.objects.create(
        run=TrainingRun.objects.create(status=TrainingRun.Status.SUCCEEDED),
        status=ModelVersion.Status.ACTIVE,
        artifact="random",
        data_hash="random",
        cutoff=timezone.now() + timedelta(minutes=1),  # later than the products were written
    )


def make_key() -> str:
    """Return a new API key."""
    from users.api_keys import create_api_key
    from users.models import ApiKeyKind

    _, key = create_api_key(
        name="bench", kind=ApiKeyKind.SECRET, scopes=SCOPES, requests_per_minute=MOST_CALLS
    )
    return key


if __name__ == "__main__":
    main()
