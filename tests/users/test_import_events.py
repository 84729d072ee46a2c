from io import StringIO
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from django.core.management import CommandError, call_command

from tests.factories import ProductFactory
from users.models import Event, Shopper

pytestmark = pytest.mark.django_db
PURCHASES = """user_id,item_id,event,timestamp,price,channel,quantity
u1,0042,purchase,2020-09-16,0.048441,2,1
u1,0042,purchase,2020-09-16,0.048441,2,1
u2,0043,add_to_cart,2020-09-17,,1,3
"""
RATINGS = "user_id,item_id,rating,timestamp,split\n259,255,4,874724710,train\n"


@pytest.fixture
def purchases(tmp_path: Path) -> Path:
    path = tmp_path / "events.csv"
    path.write_text(PURCHASES)
    return path


def run(path: Path, **options: Any) -> str:
    output = StringIO()
    call_command("import_events", str(path), stdout=output, **options)
    return output.getvalue()


def state() -> list[Any]:
    return list(Event.objects.order_by("event_id").values())


def test_purchases_of_a_file_become_events(purchases: Path) -> None:
    ProductFactory.create(external_id="0042")

    told = run(purchases)

    columns = ("shopper__external_id", "product__external_id", "kind", "quantity")
    assert sorted(Event.objects.values_list(*columns)) == [
        ("u1", "0042", "purchase", 1),
        ("u1", "0042", "purchase", 1),
        ("u2", "0043", "cart", 3),
    ]
    first = Event.objects.filter(kind="purchase")[0]
    assert (str(first.price), first.occurred_at.isoformat()) == (
        "0.048441",
        "2020-09-16T00:00:00+00:00",
    )
    assert "2 accepted, 1 quarantined" in told


def test_a_second_run_changes_nothing(purchases: Path) -> None:
    run(purchases)
    before = state()

    assert "3 duplicate" in run(purchases)
    assert state() == before


def test_a_run_after_an_interrupted_one_stores_only_the_rest(
    purchases: Path, tmp_path: Path
) -> None:
    part = tmp_path / "part.csv"
    part.write_text("".join(PURCHASES.splitlines(keepends=True)[:2]))
    run(part)

    told = run(purchases)

    assert "1 duplicate" in told
    assert Event.objects.count() == 3


def test_the_order_of_the_rows_changes_nothing(purchases: Path, tmp_path: Path) -> None:
    run(purchases)
    header, *rows = PURCHASES.splitlines(keepends=True)
    turned = tmp_path / "turned.csv"
    turned.write_text("".join([header, *reversed(rows)]))

    assert "3 duplicate" in run(turned)


def test_a_file_of_ratings_needs_no_kind(tmp_path: Path) -> None:
    path = tmp_path / "ratings.csv"
    path.write_text(RATINGS)

    run(path)

    event = Event.objects.get()
    assert (event.kind, event.value) == ("rating", 4.0)
    assert event.occurred_at.isoformat() == "1997-09-20T03:05:10+00:00"


def test_the_kind_of_rows_without_one_can_be_told(tmp_path: Path) -> None:
    path = tmp_path / "views.jsonl"
    path.write_text('{"visitor_id": "v", "product_id": "1", "occurred_at": 874724710}\n')

    with pytest.raises(CommandError, match="--kind"):
        run(path)
    run(path, kind="view")

    assert (Event.objects.get().kind, Shopper.objects.get().kind) == ("view", "visitor")


def test_a_row_without_a_time_is_rejected(tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    path.write_text("user_id,item_id,event,time\nu,1,view,\nu,1,view,2026-01-01\n")

    told = run(path)

    assert "1 quarantined, 1 rejected" in told
    assert "line 2: occurred_at: Missing" in told


def test_a_dry_run_tells_and_writes_nothing(purchases: Path) -> None:
    told = run(purchases, dry_run=True)

    assert "3 quarantined" in told
    assert not Event.objects.exists()
    assert not Shopper.objects.exists()


def test_columns_with_other_names_are_mapped(tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    path.write_text("Kunde,ArtNr,Aktion,Wann\nu1,0042,view,2026-01-01\n")
    flags = ["user_id=Kunde", "product_id=ArtNr", "kind=Aktion", "occurred_at=Wann"]

    run(path, map=flags)

    assert Event.objects.get().product.external_id == "0042"


def test_parquet_is_imported(tmp_path: Path) -> None:
    path = tmp_path / "events.parquet"
    frame = pl.DataFrame({"user_id": [7], "item_id": ["01"], "event": ["view"], "time": [1e9]})
    frame.with_columns(pl.from_epoch("time")).write_parquet(path)

    run(path)

    event = Event.objects.get()
    assert (event.shopper.external_id, event.occurred_at.year) == ("7", 2001)


def test_event_ids_of_the_file_are_kept_apart_from_their_content(tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    row = "u,1,view,2026-01-01"
    path.write_text(f"user_id,item_id,event,time,event_id\n{row},a\n{row},b\n{row},a\n")

    assert "2 quarantined, 1 duplicate" in run(path)


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_row_with_the_id_of_another_event_is_kept_with_the_rejects(
    tmp_path: Path, dry_run: bool
) -> None:
    path = tmp_path / "events.csv"
    path.write_text(
        "event_id,user_id,item_id,event,timestamp\n"
        "1,u1,0042,view,2026-01-01\n1,u1,0042,view,2026-01-01\n1,u2,0042,view,2026-01-01\n"
    )

    told = run(path, dry_run=dry_run)

    assert "1 quarantined, 1 duplicate, 1 rejected" in told
    assert "line 4: This event_id names another event." in told
    assert "u2" in path.with_name("events.csv.rejects.csv").read_text()
