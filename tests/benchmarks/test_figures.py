"""`python -m benchmarks.figures` from measured reports to pictures and tables."""

import json
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from benchmarks.figures.__main__ import main

KINDS = {
    "late_fusion": "ours",
    "text_branch": "part",
    "plain_late_fusion": "combined",
    "early_fusion": "early",
    "text_knn": "peer",
}
FIGURES = ("quality-hm-week-loo", "quality-missing", "quality-hm-week-new-items")


def within(mean: float) -> dict[str, float]:
    return {"mean": mean, "low": mean - 0.01, "high": mean + 0.01}


def report(split: str) -> dict[str, Any]:
    """A tiny report: each contestant a little worse than the one before it."""
    means = {name: 0.5 - 0.1 * place for place, name in enumerate(KINDS)}
    part = {"shoppers": 7, "ndcg@10": {name: mean / 2 for name, mean in means.items()}}
    return {
        "data": "hm-week",
        "split": split,
        "fitting": {n: {"kind": k, "validation_ndcg@10": means[n]} for n, k in KINDS.items()},
        "test": {
            "shoppers": 1234,
            "contestants": {
                name: {"ndcg@10": within(mean), "recall@20": within(2 * mean)}
                for name, mean in means.items()
            },
            "slices": {"cold item": part},
            "late_fusion_against": {
                "all": {n: {"difference": within(0.5 - m)} for n, m in list(means.items())[1:]}
            },
        },
        "new_arrivals": {name: {"ndcg@10": within(mean / 2)} for name, mean in means.items()},
        "removals": {
            "text=0.5": {
                "ndcg@10": {"late_fusion": 0.4, "text": 0.3, "early_fusion": 0.1},
                "best_branch": "text",
                "late_fusion_minus_best_branch": within(0.1),
            }
        }
        if split == "loo"
        else {},
    }


@pytest.fixture
def measured(tmp_path: Path) -> list[str]:
    paths = [tmp_path / f"{split}.json" for split in ("loo", "cold")]
    for path in paths:
        path.write_text(json.dumps(report(path.stem)))
    return [str(path) for path in paths]


def run(monkeypatch: pytest.MonkeyPatch, *options: str) -> None:
    monkeypatch.setattr(sys, "argv", ["figures", *options])
    assert main() == 0


def test_every_figure_is_drawn_for_light_and_dark_pages(
    measured: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(monkeypatch, *measured, "--out", str(tmp_path / "images"))

    drawn = {path.name for path in (tmp_path / "images").iterdir()}
    assert drawn == {f"{name}{theme}.svg" for name in FIGURES for theme in ("", "-dark")}
    for path in (tmp_path / "images").iterdir():
        root = ElementTree.fromstring(path.read_text())
        assert root.get("width") == "525pt"
        assert "late fusion, gated (ours)" in list(root.itertext())


def test_the_same_report_gives_the_same_file(
    measured: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("one", "two"):
        run(monkeypatch, *measured, "--out", str(tmp_path / folder))

    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


def test_tables_take_the_place_between_their_markers_and_nothing_else_moves(
    measured: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = tmp_path / "page.md"
    document.write_text(
        "before\n\n<!-- table: removals hm-week loo -->\nstale\n<!-- end of table -->\n\n"
        "<!-- table: contestants hm-week cold -->\n<!-- end of table -->\n\n"
        "<!-- table: contestants other loo -->\nkept\n<!-- end of table -->\nafter\n"
    )

    run(monkeypatch, *measured, "--tables", str(document))

    text = document.read_text()
    assert text.startswith("before\n\n<!-- table: removals hm-week loo -->\n| at serving time |")
    half = "| half the texts missing | 0.1000 | not measured | 0.4000 | 0.3000 (text) |"
    assert f"{half} +0.1000 [+0.0900, +0.1100] |\n<!-- end of table -->" in text
    assert "stale" not in text
    assert "<!-- table: contestants hm-week cold -->\n| contestant |" in text
    assert text.endswith("\nkept\n<!-- end of table -->\nafter\n")


def test_tables_are_printed_where_no_document_is_named(
    measured: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(monkeypatch, *measured, "--tables")

    lines = capsys.readouterr().out.splitlines()
    ours, branch = "**late fusion, gated (ours)**", "text branch alone"
    assert f"| {ours} | 0.5000 [0.4900, 0.5100] | 1.0000 | 0.2500 |  |" in lines
    assert (
        f"| {branch} | 0.4000 [0.3900, 0.4100] | 0.2000 [0.1900, 0.2100] |"
        " +0.1000 [+0.0900, +0.1100] |"
    ) in lines


def test_a_report_without_test_results_is_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "validation.json"
    path.write_text("{}")

    with pytest.raises(SystemExit, match=r"validation\.json holds no test results"):
        run(monkeypatch, str(path), "--out", str(tmp_path))
