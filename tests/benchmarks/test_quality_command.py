"""`python -m benchmarks.quality` from files to a report."""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from benchmarks.quality.__main__ import main
from tests.fusion.checkerboard import checkerboard


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """The checkerboard as a data folder, its vectors beside it."""
    data, folder = checkerboard(), tmp_path / "checkerboard"
    folder.mkdir()
    rows = data.interactions
    names = [f"i{row:02d}" for row in range(data.num_items + 1)]
    pl.DataFrame(
        {
            "user_id": [f"u{each:02d}" for each in rows.shopper],
            "item_id": [names[each] for each in rows.item],
            "timestamp": rows.occurred_at,
            "ms_split": np.where(np.arange(len(rows)) % 4 == 1, "test", "train"),
        }
    ).write_csv(folder / "interactions.csv")
    pl.DataFrame({"item_id": names[1:], "title": (data.texts or [])[1:]}).write_csv(
        folder / "items.csv"
    )
    for name, features in data.modalities.items():
        np.savez(
            tmp_path / f"{name}.npz",
            allow_pickle=False,
            item_id=np.array(names)[features.present],
            vector=features.vectors[features.present],
        )
    return folder


def measure(shop: Path, monkeypatch: pytest.MonkeyPatch, *options: str) -> tuple[int, Any]:
    report = shop.parent / "report.json"
    common = ["--data", str(shop), "--vectors", str(shop.parent), "--json", str(report)]
    monkeypatch.setattr(sys, "argv", ["quality", *common, "--preset", "quick", *options])
    status = main()
    return status, json.loads(report.read_text())


def test_one_run_measures_all_it_is_asked_for(
    shop: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    names = "late_fusion,popularity,item_knn,text_branch"

    status, report = measure(
        shop, monkeypatch, "--contestants", names, "--seeds", "2", "--without", "image"
    )

    test = report["test"]
    assert set(test["contestants"]) == set(names.split(","))
    assert len(test["contestants"]["late_fusion"]["ndcg@10_by_seed"]) == 2
    assert len(test["contestants"]["popularity"]["ndcg@10_by_seed"]) == 1
    ratio = test["late_fusion_against"]["all"]["popularity"]["ratio"]
    means = {name: each["ndcg@10"]["mean"] for name, each in test["contestants"].items()}
    assert ratio["mean"] == pytest.approx(means["late_fusion"] / means["popularity"])
    assert ratio["low"] > 1
    assert [check["name"][:13] for check in report["checks"]] == ["without image", "contributions"]
    assert status == (0 if all(check["holds"] for check in report["checks"]) else 1)
    assert "ours / it" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("split", "names"),
    [("temporal", "late_fusion,ease"), ("given", "late_fusion,ease,early_fusion,lambdamart")],
)
def test_every_split_can_be_measured(
    shop: Path, monkeypatch: pytest.MonkeyPatch, split: str, names: str
) -> None:
    _, report = measure(shop, monkeypatch, "--split", split, "--contestants", names)

    assert report["split"] == split
    tested = report["test"]["contestants"]
    assert min(tested[name]["ndcg@10"]["mean"] for name in names.split(",")) > 0.3
    refit = report["fitting"]["late_fusion"]["seconds"]["refit"]
    assert (refit > 0.1) is (split == "given")


def test_cold_items_are_ranked_among_all_and_among_themselves(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, report = measure(
        shop, monkeypatch, "--cold", "0.2", "--contestants", "late_fusion,popularity,text_knn"
    )

    assert report["split"] == "cold"
    assert report["test"]["slices"]["cold item"]["shoppers"] == report["test_questions"]
    among_all = report["test"]["contestants"]["text_knn"]["ndcg@10"]["mean"]
    assert report["new_arrivals"]["text_knn"]["ndcg@10"]["mean"] > among_all


def test_the_test_is_not_read_when_only_validation_is_asked_for(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, report = measure(shop, monkeypatch, "--validation-only", "--contestants", "item_knn")

    assert "test" not in report
    assert len(report["fitting"]["item_knn"]["settings_tried"]) == 6


def test_an_unknown_contestant_is_named_together_with_those_that_exist(
    shop: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        measure(shop, monkeypatch, "--contestants", "magic")

    assert "there is no 'magic'; known are late_fusion" in capsys.readouterr().err
