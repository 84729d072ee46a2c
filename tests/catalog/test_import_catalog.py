import csv
import json
from io import StringIO
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from django.core.management import CommandError, call_command

from catalog.models import Product, ProductImage
from tests.factories import picture_bytes

pytestmark = pytest.mark.django_db
ITEMS = """item_id,title,description,category,colour,product_code,image
0042,Lamp,A small lamp.,Home > Lamps,white,108775,0042.jpg
0043,"Chair, oak",,Home > Chairs,,108776,
0044,Broken,,Home,,,broken.jpg
0045,Missing,,Home,,,missing.jpg
"""
MERCHANT = """<rss xmlns:g="http://base.google.com/ns/1.0" version="2.0"><channel><item>
<g:id>0042</g:id><title>Lamp</title><link>https://shop.example/1</link>
<g:product_type>Home &gt; Lamps</g:product_type><g:price>12.50 EUR</g:price>
<g:image_link>https://shop.example/1.jpg</g:image_link>
<g:availability>out of stock</g:availability><g:color>white</g:color>
</item></channel></rss>
"""


@pytest.fixture
def items(tmp_path: Path) -> Path:
    path = tmp_path / "items.csv"
    path.write_text(ITEMS)
    images = tmp_path / "images" / "00"
    images.mkdir(parents=True)
    (tmp_path / "images" / "0042.jpg").write_bytes(picture_bytes())
    (images / "0043.jpg").write_bytes(picture_bytes((0, 9, 9)))
    (tmp_path / "images" / "broken.jpg").write_bytes(b"no picture")
    return path


def run(path: Path, **options: Any) -> str:
    output = StringIO()
    call_command("import_catalog", str(path), stdout=output, **options)
    return output.getvalue()


def state() -> list[Any]:
    columns = ("external_id", "title", "category__path", "attributes", "updated_at")
    pictures = ProductImage.objects.order_by("product__external_id", "position")
    return [
        list(Product.objects.order_by("external_id").values_list(*columns)),
        list(pictures.values_list("product__external_id", "content_hash", "problem", "updated_at")),
    ]


def rejects(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8", errors="surrogateescape") as file:
        return list(csv.DictReader(file))


def test_a_csv_file_becomes_products_with_pictures(items: Path) -> None:
    told = run(items, images=items.parent / "images")

    product = Product.objects.get(external_id="0042")
    assert (product.title, str(product.category)) == ("Lamp", "Home > Lamps")
    assert product.attributes == {"colour": "white", "product_code": "108775"}
    assert product.images.get().problem == ""
    assert "4 products" in told
    assert "2 created, 2 rejected" in told


def test_a_picture_is_found_by_the_products_id_in_any_folder(items: Path) -> None:
    run(items, images=items.parent / "images")

    assert ProductImage.objects.usable().filter(product__external_id="0043").exists()


def test_why_there_is_no_picture_is_noted_at_the_product(items: Path) -> None:
    run(items, images=items.parent / "images")

    problems = ProductImage.objects.exclude(problem="").order_by("product__external_id")
    assert list(problems.values_list("product__external_id", "problem")) == [
        ("0044", "Not a JPEG, PNG, WebP or GIF picture."),
        ("0045", "There is no file missing.jpg in the folder of pictures."),
    ]


def test_a_name_never_leads_out_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "secret.jpg").write_bytes(picture_bytes())
    path = tmp_path / "items.csv"
    path.write_text(f"id,image\n1,../secret.jpg\n2,{tmp_path}/secret.jpg\n")

    run(path, images=tmp_path / "images")

    assert not ProductImage.objects.usable().exists()


def test_a_second_run_changes_nothing(items: Path) -> None:
    run(items, images=items.parent / "images")
    before = state()

    told = run(items, images=items.parent / "images")

    assert state() == before
    assert "4 unchanged" in told


def test_a_run_after_an_interrupted_one_ends_the_same(items: Path, tmp_path: Path) -> None:
    part = tmp_path / "part.csv"
    part.write_text("".join(ITEMS.splitlines(keepends=True)[:3]))
    run(part, images=items.parent / "images")

    told = run(items, images=items.parent / "images")

    assert "2 created" in told
    assert "2 unchanged" in told
    assert Product.objects.count() == 4


def test_a_dry_run_tells_and_writes_nothing(items: Path) -> None:
    run(items)
    items.write_text(ITEMS.replace("Broken", "Mended") + "0046,New,,,,,\n,No id,,,,,\n")
    before = state()

    told = run(items, dry_run=True)

    assert state() == before
    for part in ("3 unchanged", "1 updated", "1 created", "1 rejected", "nothing was written"):
        assert part in told


def test_bad_rows_are_kept_with_line_and_reason(tmp_path: Path) -> None:
    path = tmp_path / "items.csv"
    path.write_bytes(b"id,title,price\n1,ok,1\n,no id,1\n2,bad price,x\n3,four,1,1\n4,\xff\xfe,1\n")

    told = run(path)

    assert "1 created, 4 rejected" in told
    kept = rejects(tmp_path / "items.csv.rejects.csv")
    assert [row["line"] for row in kept] == ["3", "4", "5", "6"]
    assert kept[1]["reason"] == "price: 'x' is not a price: send 12.50 or 12.50 EUR."
    assert kept[1]["raw"] == '{"id": "2", "title": "bad price", "price": "x"}'
    assert "UTF-8" in kept[3]["reason"]


def test_a_run_without_rejects_leaves_no_reject_file(tmp_path: Path) -> None:
    path = tmp_path / "items.csv"
    path.write_text("id,price\n1,x\n2,1\n")
    run(path)
    path.write_text("id,price\n1,1\n2,1\n")

    run(path)

    assert not (tmp_path / "items.csv.rejects.csv").exists()


def test_a_file_of_which_no_row_can_be_taken_fails_and_says_why(tmp_path: Path) -> None:
    path = tmp_path / "items.csv"
    path.write_text("articleno,title\n1,Lamp\n")

    with pytest.raises(CommandError, match=r"product_id: Missing.*--map"):
        run(path)
    run(path, map=["product_id=articleno"])

    assert Product.objects.get().external_id == "1"


def test_a_header_without_rows_fails(tmp_path: Path) -> None:
    path = tmp_path / "items.csv"
    path.write_text("id,title\n")

    with pytest.raises(CommandError, match="no rows"):
        run(path)


def test_a_google_feed_is_read_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "feed.xml"
    path.write_text(MERCHANT)

    told = run(path)

    product = Product.objects.get()
    assert (product.external_id, product.currency, product.is_available) == ("0042", "EUR", False)
    assert (str(product.category), product.url) == ("Home > Lamps", "https://shop.example/1")
    assert product.attributes == {"color": "white"}
    assert "1 not fetched (add --fetch-images)" in told
    assert ProductImage.objects.get().source_url == "https://shop.example/1.jpg"


def test_fetching_is_asked_for_and_a_private_address_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "feed.xml"
    path.write_text(MERCHANT.replace("https://shop.example/1.jpg", "http://127.0.0.1/1.jpg"))

    run(path, fetch_images=True)

    assert "private network" in ProductImage.objects.get().problem


def test_a_google_tsv_is_read_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "feed.txt"
    path.write_text("id\ttitle\timage link\tprice\tavailability\n1\tLamp\t\t3 EUR\tin_stock\n")

    run(path)

    product = Product.objects.get()
    assert (product.title, product.currency, product.is_available) == ("Lamp", "EUR", True)


def test_json_lines_keep_their_attributes(tmp_path: Path) -> None:
    path = tmp_path / "items.jsonl"
    path.write_text(
        '{"id": "1", "attributes": {"colour": "red"}, "material": ["oak"]}\n{"id": 2}\n'
    )

    run(path)

    assert Product.objects.get(external_id="1").attributes == {"colour": "red", "material": ["oak"]}
    assert Product.objects.get(external_id="2").attributes == {}


def test_parquet_is_imported(tmp_path: Path) -> None:
    path = tmp_path / "items.parquet"
    pl.DataFrame({"id": ["007"], "title": ["Lamp"], "price": [1.5], "size": [3]}).write_parquet(
        path
    )

    run(path)

    product = Product.objects.get()
    assert (product.external_id, str(product.price)) == ("007", "1.500000")
    assert product.attributes == {"size": 3}


def test_a_price_list_leaves_the_rest_of_the_products(items: Path, tmp_path: Path) -> None:
    run(items)
    prices = tmp_path / "prices.csv"
    prices.write_text("id,price\n0042,9.99 EUR\n")

    run(prices)

    product = Product.objects.get(external_id="0042")
    assert (product.title, product.attributes["colour"]) == ("Lamp", "white")
    assert str(product.price) == "9.990000"


def test_an_ignored_column_becomes_no_attribute(items: Path) -> None:
    run(items, ignore=["product_code"])

    assert Product.objects.get(external_id="0042").attributes == {"colour": "white"}


def test_pictures_that_were_named_and_not_loaded_are_told(items: Path) -> None:
    assert "3 not loaded (add --images DIR)" in run(items)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("http://shop.example/" + "a" * 3000, "3020 characters long"),
        ("http://shop.example/a\0b.jpg", "NUL character"),
        ("a\0b.jpg", "NUL character"),
        (["a.jpg"], "Send text"),
    ],
)
@pytest.mark.parametrize("options", [{}, {"fetch_images": True}, {"images": True}])
def test_a_bad_name_of_a_picture_is_noted_and_stops_nothing(
    tmp_path: Path, name: Any, reason: str, options: dict[str, Any]
) -> None:
    rows = [{"id": "1", "title": "A", "image": name}, {"id": "2", "title": "B"}]
    path = tmp_path / "items.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))

    told = run(path, **({"images": tmp_path} if "images" in options else options))

    assert "2 products" in told
    assert list(Product.objects.order_by("external_id").values_list("title", flat=True)) == [
        "A",
        "B",
    ]
    assert reason in ProductImage.objects.get().problem
    assert "1 rejected" in told


def test_a_bad_name_of_a_picture_leaves_the_good_picture(items: Path) -> None:
    run(items, images=items.parent / "images")
    path = items.with_name("more.jsonl")
    path.write_text(json.dumps({"id": "0042", "image": "a\0b"}))

    run(path)

    assert ProductImage.objects.get(product__external_id="0042").problem == ""
