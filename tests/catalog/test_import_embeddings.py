"""`manage.py import_embeddings`."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from numpy.typing import NDArray
from pytest_django import Settings
from safetensors.numpy import save_file

from catalog.models import Product, ProductVector
from tests.factories import ProductFactory

pytestmark = pytest.mark.django_db
TWO = np.array([[3, 4], [0, 2]], dtype=np.float32)


@pytest.fixture(autouse=True)
def audio(settings: Settings) -> None:
    settings.FUSION_MODALITIES = {"audio": "precomputed"}


@pytest.fixture
def products() -> list[Product]:
    return [ProductFactory.create(external_id=each) for each in ("0001", "0002")]


def write(folder: Path, vectors: NDArray[Any], *ids: str) -> tuple[Path, Path]:
    """Write vectors and ids as files."""
    table, names = folder / "vectors.npy", folder / "ids.txt"
    np.save(table, vectors)
    names.write_text("\n".join(ids) + "\n", encoding="utf-8")
    return table, names


def run(path: Path, ids: Path | None = None, **options: Any) -> str:
    """Run the command; return what it says."""
    told = StringIO()
    call_command("import_embeddings", "audio", path, ids=ids, stdout=told, **options)
    return told.getvalue()


def kept() -> dict[str, list[float]]:
    """Return all kept vectors by product id."""
    rows = ProductVector.objects.values_list("product__external_id", "numbers")
    return {key: np.frombuffer(bytes(numbers), "<f2").tolist() for key, numbers in rows}


def test_each_row_becomes_the_vector_of_its_product(tmp_path: Path, products: Any) -> None:
    told = run(*write(tmp_path, TWO, "0001", "0002"))

    assert "2 audio vectors" in told
    assert "2 updated" in told
    assert kept()["0001"] == pytest.approx([0.6, 0.8], abs=1e-3)
    assert kept()["0002"] == [0.0, 1.0]


def test_a_second_run_changes_nothing(tmp_path: Path, products: Any) -> None:
    files = write(tmp_path, TWO, "0001", "0002")
    run(*files)

    assert "2 unchanged" in run(*files)


def test_a_dry_run_writes_nothing(tmp_path: Path, products: Any) -> None:
    told = run(*write(tmp_path, TWO, "0001", "0002"), dry_run=True)

    assert "2 updated" in told
    assert "Dry run: nothing was written." in told
    assert kept() == {}


def test_unknown_products_and_bad_rows_are_kept_with_their_reason(
    tmp_path: Path, products: Any
) -> None:
    vectors = np.array([[1, 0], [1, 0], [0, 0], [1, np.nan]], dtype=np.float32)
    told = run(*write(tmp_path, vectors, "0001", "unheard-of", "0002", " 0002"))

    rejects = (tmp_path / "vectors.npy.rejects.csv").read_text().splitlines()
    assert list(kept()) == ["0001"]
    assert "1 updated, 3 rejected" in told
    assert [row.partition(",")[0] for row in rejects[1:]] == ["3", "4", "2"]
    assert "There is no product with this id" in rejects[3]
    assert not Product.objects.filter(external_id="unheard-of").exists()


def test_a_safetensors_file_brings_its_own_ids(tmp_path: Path, products: Any) -> None:
    path = tmp_path / "audio.safetensors"
    save_file({"vectors": TWO.astype(np.float16)}, path, {"ids": json.dumps(["0002", "0001"])})

    run(path)

    assert kept()["0002"] == pytest.approx([0.6, 0.8], abs=1e-3)


def test_more_rows_than_are_read_at_once_all_arrive(tmp_path: Path) -> None:
    ids = [product.external_id for product in ProductFactory.create_batch(1001)]
    vectors = np.ones((1001, 2), dtype=np.float64)
    vectors[1000] = [1, 0]

    run(*write(tmp_path, vectors, *ids))

    assert len(kept()) == 1001
    assert kept()[ids[1000]] == [1.0, 0.0]


@pytest.mark.parametrize(
    ("vectors", "problem"),
    [
        (np.ones(2), "shape"),
        (np.ones((2, 4097), np.float16), "1 to 4,096 columns"),
        (np.ones((3, 2)), "3 vectors and 2 ids"),
        (np.array([["a", "b"], ["c", "d"]]), "not numbers"),
    ],
)
def test_a_table_that_does_not_fit_is_refused_whole(
    vectors: NDArray[Any], problem: str, tmp_path: Path, products: Any
) -> None:
    with pytest.raises(CommandError, match=problem):
        run(*write(tmp_path, vectors, "0001", "0002"))

    assert kept() == {}


def test_objects_are_never_unpickled(tmp_path: Path, products: Any) -> None:
    path, ids = write(tmp_path, TWO, "0001", "0002")
    np.save(path, np.array([{"a": 1}, {"b": 2}], dtype=object), allow_pickle=True)

    with pytest.raises(CommandError, match="no file of vectors"):
        run(path, ids)


def test_ids_must_be_named_for_npy(tmp_path: Path, products: Any) -> None:
    path, _ = write(tmp_path, TWO, "0001", "0002")

    with pytest.raises(CommandError, match=r"--ids ids\.txt"):
        run(path)


@pytest.mark.parametrize("name", ["missing.npy", "missing.safetensors"])
def test_a_missing_file_is_said_plainly(name: str, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no file of vectors"):
        run(tmp_path / name)


def test_a_safetensors_file_without_the_tensor_is_said_plainly(tmp_path: Path) -> None:
    path = tmp_path / "audio.safetensors"
    save_file({"other": TWO}, path)

    with pytest.raises(CommandError, match="a tensor 'vectors'"):
        run(path)


def test_a_modality_that_is_not_set_up_is_refused(tmp_path: Path, products: Any) -> None:
    path, ids = write(tmp_path, TWO, "0001", "0002")

    with pytest.raises(CommandError, match="Vectors are taken for audio"):
        call_command("import_embeddings", "video", path, ids=ids)
