"""The fusion of a version at a glance, and what the version is made of."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from fusion.admin.anatomy import ablation_table, fusion_lines, heat_maps
from fusion.admin.report import bucket_labels, differences_table
from fusion.admin.version_facts import version_facts
from fusion.models import ModelVersion
from fusion.training_options import TrainingOptions
from tests.admin_shop import make_run, make_version, member, report
from tests.factories import NOON


def spread(mean: float) -> dict[str, float]:
    """A measured value with its interval."""
    return {"mean": mean, "low": mean - 0.01, "high": mean + 0.01}


def subset(*branches: str, ndcg: float, against: float) -> dict[str, Any]:
    """What was measured of one combination of branches."""
    return {
        "branches": list(branches),
        "ndcg@10": {"warm item": spread(ndcg)},
        "against_all": {"warm item": spread(against)},
    }


def taken_apart() -> dict[str, Any]:
    """A report with everything the page can show."""
    subsets = [
        subset("behaviour", "text", ndcg=0.2, against=0.0),
        subset("behaviour", ndcg=0.1, against=-0.1),
        subset("text", ndcg=0.3, against=0.1),
    ]
    listening = {
        "branches": ["behaviour", "text"],
        "history_edges": [2],
        "popularity_edges": [1, 5],
        "shown": [[0, 1, 1200], [3, 4, 5]],
        "shares": [
            [None, [0.25, 0.75], [0.5, 0.5]],
            [[0.0, 1.0], [0.4, 0.6], [0.9, 0.1]],
        ],
    }
    more = {"ablation": {"shoppers": {"warm item": 700}, "subsets": subsets}}
    return report() | more | {"listening": listening}


def test_combinations_are_named_and_marked_by_their_difference_to_the_whole() -> None:
    table = ablation_table(taken_apart())

    assert table.headings[0][0] == "Well-known products (700)"
    assert [line.label for line in table.lines] == [
        "Behaviour + text",
        "Behaviour alone",
        "Text alone",
    ]
    assert [line.is_ours for line in table.lines] == [True, False, False]
    cells = [line.cells[0] for line in table.lines]
    assert [(cell.value, cell.tone) for cell in cells] == [
        ("0.2000", ""),
        ("0.1000", "bad"),
        ("0.3000", "good"),
    ]


def test_a_heat_map_shows_one_branch_by_history_and_popularity() -> None:
    behaviour, text = heat_maps(taken_apart())

    assert behaviour.headings == ("none", "1 to 4", "5 and more")
    assert [label for label, _ in behaviour.rows] == ["1", "2 and more"]
    first, second = (cells for _, cells in behaviour.rows)
    assert [cell.value for cell in first] == ["-", "25 %", "50 %"]
    assert [cell.heat for cell in second] == [0.0, 0.4, 0.9]
    assert [cell.words for cell in first] == [
        "No such product was shown to such a shopper.",
        "One shown product.",
        "Mean of 1,200 shown products.",
    ]
    assert text.rows[1][1][2].value == "10 %"


def test_early_and_late_fusion_stand_beside_each_other() -> None:
    whole = report(0.1)
    whole["contestants"]["early_fusion"] = {"ndcg@10": spread(0.08)}
    whole["against"]["early_fusion"] = {"mean": 0.02, "low": -0.01, "high": 0.05}

    ours, early, popular = fusion_lines(whole)

    assert (ours.label, ours.is_ours, ours.difference) == ("Late fusion (this version)", True, None)
    assert (early.label, early.value) == ("Early fusion", "0.0800")
    assert early.difference is not None
    assert early.difference.value == "no clear difference"
    assert popular.difference is not None
    assert popular.difference.tone == "good"
    assert ours.meter.low == pytest.approx(81.818, abs=0.001)


def test_the_version_that_was_active_stands_first_among_the_differences() -> None:
    whole = report()
    whole["verdict"] = {"active_version": 3, "against_active": spread(-0.02) | {"shoppers": 40}}

    [active, popular] = differences_table(whole).lines

    assert active.label == "Version 3, active then (40 shoppers)"
    assert [cell.value for cell in active.cells] == ["-0.0200", "-0.0300 … -0.0100", "worse"]
    assert popular.label == "Popularity"


def test_an_old_report_has_no_such_panels() -> None:
    assert ablation_table({}).lines == ()
    assert heat_maps({}) == []
    assert fusion_lines({}) == []


def test_buckets_are_named_by_what_they_hold() -> None:
    assert bucket_labels([2, 5], 3) == ["1", "2 to 4", "5 and more"]
    assert bucket_labels([5], 2, first=3) == ["3 to 4", "5 and more"]


def facts(version: ModelVersion) -> dict[str, str]:
    """The facts of a version by their labels."""
    return {fact.label: fact.value for fact in version_facts(version)}


@pytest.mark.django_db
def test_the_facts_say_what_a_version_is_made_of(settings: Any, tmp_path: Path) -> None:
    settings.FUSION_ARTIFACT_DIR = tmp_path
    options = TrainingOptions("quick", ("image",), refit=False)
    config = json.loads(options.settings(seed=7).to_json())
    data = {"num_interactions": 12_345, "num_shoppers": 60, "num_items": 24}
    whole = report() | {"data": data, "encoders": {"text": "minilm@1"}}
    run = make_run(config=config, finished_at=NOON + timedelta(minutes=3))
    version = make_version(run, report=whole, data_hash="0123456789abcdef")
    (tmp_path / version.artifact).mkdir()
    (tmp_path / version.artifact / "weights").write_bytes(b"x" * 2048)

    assert {
        label: words.replace("\N{NO-BREAK SPACE}", " ") for label, words in facts(version).items()
    } == {
        "Settings": "quick, without picture, trained once",
        "Seed": "7",
        "Trained on": "12,345 events, 60 shoppers, 24 products",
        "Cutoff": "1 Jun 2026 12:00",
        "Data hash": "0123456789ab",
        "Vectors": "text: minilm@1",
        "Training took": "3 min 00 s",
        "Size": "2.0 KB",
    }


@pytest.mark.django_db
def test_a_version_without_its_files_says_so(settings: Any, tmp_path: Path) -> None:
    settings.FUSION_ARTIFACT_DIR = tmp_path
    version = make_version(make_run(started_at=None, config={"unknown": 1}))

    found = facts(version)

    assert found["Size"] == "not on this machine"
    assert (found["Settings"], found["Training took"]) == ("of its own", "-")


@pytest.mark.django_db
def test_the_page_shows_the_fusion_taken_apart(client: Client) -> None:
    version = make_version(make_run(), report=taken_apart())
    client.force_login(member("Analyst"))

    page = client.get(f"/admin/fusion/modelversion/{version.pk}/change/").content.decode()

    assert "What each branch is worth" in page
    assert "Whom the fusion listens to" in page
    assert "--heat:0.900" in page
    assert "Early fusion was not measured" in page


@pytest.mark.django_db
def test_a_candidate_judged_by_another_version_says_so(client: Client) -> None:
    active = make_version(make_run(), status=ModelVersion.Status.ACTIVE)
    candidate = make_version(make_run())
    client.force_login(member("Analyst"))

    page = client.get(f"/admin/fusion/modelversion/{candidate.pk}/change/").content.decode()
    of_active = client.get(f"/admin/fusion/modelversion/{active.pk}/change/").content.decode()

    words = f"The gate did not compare it with version {active.pk}, which is active now."
    assert words in page
    assert "The gate did not compare" not in of_active


@pytest.mark.django_db
def test_the_button_compares_with_the_active_version(client: Client) -> None:
    active = make_version(make_run(), status=ModelVersion.Status.ACTIVE)
    candidate = make_version(make_run())
    client.force_login(member("Analyst"))

    answer = client.get(reverse("admin:fusion_modelversion_compare", args=[candidate.pk]))

    query = f"second={candidate.pk}&first={active.pk}"
    assert answer.headers["Location"] == f"/admin/fusion/versioncomparison/compare/?{query}"
