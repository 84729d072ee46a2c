"""Writes the demo shop as files: a feed, pictures, events, shoppers, and the truth behind them.

Everything is simulated. Tastes live partly in looks (told by pictures alone), partly in
words (told by descriptions alone) and partly in behaviour (told by neither), so that a
recommender which ignores one of the three loses shoppers.
"""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from demo.behaviour import Simulation
from demo.pictures import render
from demo.products import SimulatedProduct, make_products
from demo.tastes import make_tastes

NOTICE = "Simulated shop: products, people and purchases are generated."
_JPEG_QUALITY = 88


def generate(
    folder: Path,
    *,
    seed: int = 7,
    num_products: int = 600,
    num_shoppers: int = 800,
    now: datetime | None = None,
) -> None:
    """Write catalog.jsonl, images/, events.jsonl, shoppers.jsonl, tastes.json and about.json.

    The same arguments always give the same files. `now` is where the events end; left
    out, it is the last midnight UTC. about.json comes last: a folder that has it is whole.
    """
    now = now or datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "about.json").unlink(missing_ok=True)

    products = make_products(num_products, seed=seed)
    tastes = make_tastes(num_shoppers, num_products=num_products, seed=seed)
    events = Simulation(products, seed=seed, now=now).events(tastes)

    _write_pictures(folder / "images", products)
    _write_lines(folder / "catalog.jsonl", (product.feed_row() for product in products))
    _write_lines(folder / "events.jsonl", events)
    _write_lines(folder / "shoppers.jsonl", (taste.public_row() for taste in tastes))
    truth = {
        "shoppers": [taste.ground_truth() for taste in tastes],
        "products": [product.traits_row() for product in products],
    }
    _write_json(folder / "tastes.json", truth)
    about = {
        "notice": NOTICE,
        "seed": seed,
        "now": now.isoformat(),
        "num_products": len(products),
        "num_pictures": sum(product.has_picture for product in products),
        "num_shoppers": len(tastes),
        "num_events": len(events),
    }
    _write_json(folder / "about.json", about)


def _write_pictures(folder: Path, products: list[SimulatedProduct]) -> None:
    folder.mkdir(exist_ok=True)
    for product in products:
        if product.image:
            picture = render(product.kind.noun, product.look)
            picture.save(folder / product.image, quality=_JPEG_QUALITY)


def _write_lines(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _write_json(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
