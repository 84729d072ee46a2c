"""The two real sets, as they are."""

from io import StringIO
from itertools import islice
from pathlib import Path

import pytest
from django.core.management import call_command
from pytest_django.fixtures import Settings

from catalog.models import Product, ProductImage
from users.models import Event

pytestmark = [pytest.mark.real_data, pytest.mark.django_db]
NUM_ROWS = 300


@pytest.fixture(params=["hm-week", "ml-100k-posters"])
def shop(
    request: pytest.FixtureRequest, real_data: Path, tmp_path: Path, settings: Settings
) -> Path:
    """The first rows of a set in a folder of the test's."""
    settings.MEDIA_ROOT = tmp_path / "media"
    folder = tmp_path / str(request.param)
    folder.mkdir()
    for name in ("items.csv", "interactions.csv"):
        with (real_data / request.param / name).open() as file:
            (folder / name).write_text("".join(islice(file, NUM_ROWS + 1)))
    (folder / "images").symlink_to(real_data / request.param / "images")
    return folder


def run(command: str, path: Path, **options: Path) -> str:
    output = StringIO()
    call_command(command, str(path), stdout=output, **options)
    return output.getvalue()


def test_a_slice_of_a_real_set_is_imported_as_it_is(shop: Path) -> None:
    products = run("import_catalog", shop / "items.csv", images=shop / "images")
    events = run("import_events", shop / "interactions.csv")

    assert f"{NUM_ROWS} created" in products
    assert "rejected" not in products.splitlines()[0]
    assert Product.objects.known().exclude(text_hash="").count() == NUM_ROWS
    assert ProductImage.objects.usable().count() > NUM_ROWS / 2
    assert not ProductImage.objects.exclude(problem="").exists()
    assert "rejected" not in events
    assert Event.objects.count() == NUM_ROWS


def test_importing_a_real_set_twice_changes_nothing(shop: Path) -> None:
    for _ in range(2):
        products = run("import_catalog", shop / "items.csv", images=shop / "images")
        events = run("import_events", shop / "interactions.csv")

    assert f"{NUM_ROWS} unchanged" in products
    assert f"{NUM_ROWS} duplicate" in events
