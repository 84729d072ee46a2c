"""The simulated shop: the same seed tells the same story, and its gaps are as announced."""

import hashlib
import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from demo.generator import generate
from demo.pictures import SIZE

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
PRODUCTS, SHOPPERS = 120, 60


def make_shop(folder: Path, *, seed: int = 7) -> Path:
    generate(folder, seed=seed, num_products=PRODUCTS, num_shoppers=SHOPPERS, now=NOON)
    return folder


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def fingerprints(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_shop(tmp_path_factory.mktemp("shop"))


def test_one_seed_always_writes_the_same_files(shop: Path, tmp_path: Path) -> None:
    assert fingerprints(make_shop(tmp_path)) == fingerprints(shop)


def test_another_seed_is_another_shop(shop: Path, tmp_path: Path) -> None:
    other = fingerprints(make_shop(tmp_path, seed=8))

    assert other["catalog.jsonl"] != fingerprints(shop)["catalog.jsonl"]
    assert other["events.jsonl"] != fingerprints(shop)["events.jsonl"]


def test_ids_are_unique_texts_with_leading_zeros_and_titles_are_unique(shop: Path) -> None:
    ids = [row["id"] for row in rows(shop / "catalog.jsonl")]

    assert ids[:2] == ["000101", "000102"]
    assert len(set(ids)) == PRODUCTS
    titles = [row["title"] for row in rows(shop / "catalog.jsonl")]
    assert len(set(titles)) == PRODUCTS
    event_ids = [row["event_id"] for row in rows(shop / "events.jsonl")]
    assert len(set(event_ids)) == len(event_ids)


def test_a_tenth_has_no_picture_a_twentieth_no_words_and_a_twentieth_no_events(shop: Path) -> None:
    catalog = rows(shop / "catalog.jsonl")
    touched = {row["product_id"] for row in rows(shop / "events.jsonl")}
    truth = json.loads((shop / "tastes.json").read_text(encoding="utf-8"))
    new = {product["id"] for product in truth["products"] if product["launched"] == 1.0}

    assert sum(row["image"] is None for row in catalog) == 12
    assert sum(row["description"] == "" for row in catalog) == 6
    assert len(new) == 6
    assert not new & touched


def test_eight_categories_hold_three_kinds_each(shop: Path) -> None:
    paths = {row["category"] for row in rows(shop / "catalog.jsonl")}

    assert len(paths) == 24
    assert set(Counter(path.split(" > ")[0] for path in paths).values()) == {3}


def test_every_picture_opens_and_has_one_size(shop: Path) -> None:
    images = [row["image"] for row in rows(shop / "catalog.jsonl") if row["image"]]
    sizes = set()
    for name in images:
        with Image.open(shop / "images" / name) as picture:
            picture.load()
            sizes.add((picture.format, picture.size))

    assert sizes == {("JPEG", (SIZE, SIZE))}
    assert len(images) == len(list((shop / "images").iterdir()))


def test_pictures_differ_from_each_other(shop: Path) -> None:
    pictures = [value for name, value in fingerprints(shop).items() if name.endswith(".jpg")]

    assert len(set(pictures)) == len(pictures)


def test_events_lie_in_order_inside_the_last_sixty_days(shop: Path) -> None:
    moments = [datetime.fromisoformat(e["occurred_at"]) for e in rows(shop / "events.jsonl")]

    assert moments == sorted(moments)
    assert NOON - timedelta(days=60) <= moments[0]
    assert moments[-1] < NOON


def test_only_ratings_have_a_value_from_one_to_five(shop: Path) -> None:
    events = rows(shop / "events.jsonl")

    assert {e["kind"] for e in events} == {"view", "cart", "purchase", "like", "rating", "remove"}
    assert {e["value"] for e in events if e["kind"] == "rating"} <= {1, 2, 3, 4, 5}
    assert {e["value"] for e in events if e["kind"] != "rating"} == {None}


def test_the_feed_tells_nothing_of_the_hidden_tastes(shop: Path) -> None:
    fields = {field for row in rows(shop / "catalog.jsonl") for field in row}
    words = " ".join(
        row["title"] + " " + row["description"] for row in rows(shop / "catalog.jsonl")
    ).lower()
    looks = ("pastel", "vivid", "earthy", "neon", "stripes", "dots", "zigzag", "terrazzo")

    assert fields == {
        "id", "title", "description", "category", "brand", "price", "currency", "attributes",
        "image",
    }  # fmt: skip
    assert [look for look in looks if look in words] == []


@pytest.mark.parametrize(
    ("lead", "trait", "favourite", "least_share"),
    [
        ("looks", "palette", "palette", 0.45),
        ("words", "theme", "theme", 0.55),
        ("circle", "circle", "circle", 0.45),
    ],
)
def test_shoppers_follow_the_taste_that_leads_them(
    shop: Path, lead: str, trait: str, favourite: str, least_share: float
) -> None:
    truth = json.loads((shop / "tastes.json").read_text(encoding="utf-8"))
    led = {s["user_id"]: s[favourite] for s in truth["shoppers"] if s["led_by"] == lead}
    traits = {product["id"]: product[trait] for product in truth["products"]}
    views = [
        traits[event["product_id"]] == led[event["user_id"]]
        for event in rows(shop / "events.jsonl")
        if event["kind"] == "view" and event["user_id"] in led
    ]

    assert sum(views) / len(views) > least_share


def test_shoppers_have_names_and_a_phrase(shop: Path) -> None:
    people = rows(shop / "shoppers.jsonl")

    assert (people[0]["user_id"], people[0]["name"]) == ("u0001", "Ada")
    assert len({person["name"] for person in people}) == SHOPPERS
    assert all(person["likes"] for person in people)


def test_a_whole_folder_says_what_it_is(shop: Path) -> None:
    about = json.loads((shop / "about.json").read_text(encoding="utf-8"))

    assert about["notice"] == "Simulated shop: products, people and purchases are generated."
    assert about["num_events"] == len(rows(shop / "events.jsonl"))
    assert about["now"] == "2026-03-01T12:00:00+00:00"
