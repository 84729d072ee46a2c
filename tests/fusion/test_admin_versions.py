"""Judging, promoting and rolling back versions in the admin."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from catalog.admin.numbers import NBSP
from fusion.admin.report import differences_table, metrics_table, slices_table, weights_table
from fusion.models import ModelVersion
from fusion.training.manifest import FILES, FORMAT_VERSION, sha256
from tests.admin_shop import log_messages, make_run, make_version, member, report
from tests.factories import NOON

Status = ModelVersion.Status
ROLL_BACK = "/admin/fusion/modelversion/roll-back/"


@pytest.fixture(autouse=True)
def artifacts(settings: Any, tmp_path: Path) -> Path:
    """An empty folder for artifacts."""
    settings.FUSION_ARTIFACT_DIR = tmp_path
    return tmp_path


def version_with_files(root: Path, **values: Any) -> ModelVersion:
    """A version whose artifact passes its own manifest."""
    version = make_version(make_run(), **values)
    folder = root / version.artifact
    folder.mkdir()
    for name in FILES:
        (folder / name).write_text(name)
    known = {name: sha256(folder / name) for name in FILES}
    manifest = {"format_version": FORMAT_VERSION, "sha256": known}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return version


def promote(client: Client, version: ModelVersion, reason: str = "") -> str:
    """Press Promote and confirm."""
    url = reverse("admin:fusion_modelversion_promote", args=[version.pk])
    return client.post(url, {"reason": reason}, follow=True).content.decode()


def statuses() -> list[str]:
    """The status of every version, oldest first."""
    return list(ModelVersion.objects.order_by("pk").values_list("status", flat=True))


@pytest.mark.django_db
def test_a_version_that_passed_the_gate_is_promoted(client: Client, artifacts: Path) -> None:
    version = version_with_files(artifacts)
    client.force_login(member("Model admin"))

    page = promote(client, version)

    assert f"Version {version.pk} is active now." in page
    assert (statuses(), log_messages()) == (["active"], ["Promoted."])


@pytest.mark.django_db
def test_what_the_gate_refused_needs_a_reason_which_is_kept(
    client: Client, artifacts: Path
) -> None:
    verdict = report() | {"verdict": {"passed": False}}
    version = version_with_files(
        artifacts, report=verdict, gate_outcome="worse", gate_reason="Below item-kNN."
    )
    client.force_login(member("Model admin"))

    refused = promote(client, version)
    assert "Not promoted: Below item-kNN." in refused
    assert statuses() == ["candidate"]

    promote(client, version, "The holdout fell on a holiday.")
    version.refresh_from_db()
    assert (version.status, version.override_reason) == ("active", "The holdout fell on a holiday.")
    assert log_messages() == ["Promoted. The holdout fell on a holiday."]


@pytest.mark.django_db
def test_a_damaged_artifact_is_not_promoted_and_the_active_one_stays(
    client: Client, artifacts: Path
) -> None:
    version_with_files(artifacts, status=Status.ACTIVE)
    damaged = version_with_files(artifacts)
    (artifacts / damaged.artifact / FILES[0]).write_text("changed")
    client.force_login(member("Model admin"))

    page = promote(client, damaged, "I want it")

    assert "is not the file that was written" in page
    assert statuses() == ["active", "candidate"]


@pytest.mark.django_db
def test_the_active_version_offers_no_promotion(client: Client, artifacts: Path) -> None:
    version = version_with_files(artifacts, status=Status.ACTIVE)
    client.force_login(member("Model admin"))
    url = reverse("admin:fusion_modelversion_promote", args=[version.pk])

    page = client.get(f"/admin/fusion/modelversion/{version.pk}/change/").content.decode()

    assert url not in page
    assert client.get(url).status_code == 403


@pytest.mark.django_db
def test_rolling_back_twice_by_a_double_click_goes_back_once(
    client: Client, artifacts: Path
) -> None:
    times = [NOON + timedelta(days=day) for day in range(3)]
    for day, status in enumerate((Status.RETIRED, Status.RETIRED, Status.ACTIVE)):
        version_with_files(artifacts, status=status, promoted_at=times[day])
    newest = ModelVersion.objects.latest("pk")
    client.force_login(member("Model admin"))

    asked = client.get(ROLL_BACK).content.decode()
    client.post(ROLL_BACK, {"leave": newest.pk})
    again = client.post(ROLL_BACK, {"leave": newest.pk}, follow=True).content.decode()

    assert f'value="{newest.pk}"' in asked
    assert "Not rolled back: Only the active version can be rolled back." in again
    assert statuses() == ["retired", "active", "retired"]


@pytest.mark.django_db
def test_without_an_active_version_there_is_nothing_to_roll_back(client: Client) -> None:
    client.force_login(member("Model admin"))

    page = client.post(ROLL_BACK, {"leave": ""}).content.decode()

    assert "No version is active, so there is nothing to roll back." in page


@pytest.mark.django_db
def test_the_page_of_a_version_shows_intervals_and_the_verdict(client: Client) -> None:
    version = make_version(make_run(), gate_outcome="not_worse", gate_reason="Close enough.")
    client.force_login(member("Analyst"))

    page = client.get(f"/admin/fusion/modelversion/{version.pk}/change/").content.decode()

    assert "Gate: not worse" in page
    assert "Close enough." in page
    assert "0.0900 … 0.1100" in page
    assert "+0.0500 … +0.0700" in page


@pytest.mark.django_db
def test_a_version_without_a_report_opens(client: Client) -> None:
    version = make_version(make_run(), report={}, gate_outcome="")
    client.force_login(member("Analyst"))

    page = client.get(f"/admin/fusion/modelversion/{version.pk}/change/").content.decode()
    listed = client.get("/admin/fusion/modelversion/").content.decode()

    assert "This version has no report." in page
    assert "not measured" in listed


@pytest.mark.django_db
def test_the_report_is_downloaded_as_it_was_written(client: Client) -> None:
    version = make_version(make_run())
    client.force_login(member("Analyst"))

    answer = client.get(f"/admin/fusion/modelversion/{version.pk}/report/")

    assert json.loads(answer.content) == report()


@pytest.mark.django_db
def test_the_list_of_versions_never_reads_whole_reports(
    client: Client, django_assert_num_queries: Any
) -> None:
    make_version(make_run(), report=report() | {"gate": {"shoppers": list(range(1000))}})
    client.force_login(member("Analyst"))

    [row] = client.get("/admin/fusion/modelversion/").context["cl"].result_list

    assert row.get_deferred_fields() >= {"report"}
    assert vars(row)["against"]["popularity"]["mean"] == 0.06


def test_contestants_are_listed_best_first_with_their_intervals() -> None:
    table = metrics_table(report(0.1))

    assert [line.label for line in table.lines] == ["Late fusion (this version)", "Popularity"]
    ndcg, recall, mrr, coverage = table.lines[0].cells[:4]
    assert (ndcg.value, ndcg.interval) == ("0.1000", "0.0900 … 0.1100")
    assert ndcg.start == 81.8
    assert ndcg.width == pytest.approx(18.2)
    assert (recall.value, mrr.value, coverage.value) == ("0.1000", "-", "0.700")
    assert [line.is_ours for line in table.lines] == [True, False]


@pytest.mark.parametrize(
    ("low", "high", "words", "tone"),
    [
        (0.01, 0.03, "better", "good"),
        (-0.03, -0.01, "worse", "bad"),
        (-0.01, 0.03, "no clear difference", ""),
        (0.0, 0.03, "no clear difference", ""),
    ],
)
def test_a_difference_counts_when_its_interval_leaves_zero(
    low: float, high: float, words: str, tone: str
) -> None:
    difference = {"mean": (low + high) / 2, "low": low, "high": high}

    table = differences_table({"against": {"text": difference}})

    [line] = table.lines
    assert line.label == "Text alone"
    assert (line.cells[2].value, line.cells[2].tone) == (words, tone)


def test_slices_mark_the_best_contestant() -> None:
    [line] = slices_table(report()).lines

    assert line.label == "New products"
    assert [(cell.value, cell.tone) for cell in line.cells] == [
        ("7", ""),
        ("0.0500", "good"),
        ("0.0000", ""),
    ]


def test_a_modality_of_the_shops_own_stands_among_the_contestants() -> None:
    scores = {"popularity": 0.0, "late_fusion": 0.3, "bird_song": 0.2}
    scores |= {"late_fusion_without_bird_song": 0.1, "something_else": 0.1}
    measured = {
        name: {"ndcg@10": {"mean": each, "low": 0.0, "high": 0.4}} for name, each in scores.items()
    }
    slices = {"all": {"shoppers": 9, "ndcg@10": scores}}

    lines = [line.label for line in metrics_table({"contestants": measured}).lines]
    headings = [words for words, _ in slices_table({"slices": slices}).headings]

    assert lines == [
        "Late fusion (this version)",
        "Bird song alone",
        "Late fusion without bird song",
        "Something else",
        "Popularity",
    ]
    assert headings == [
        "Shoppers",
        "Late fusion (this version)",
        "Bird song alone",
        "Something else",
        "Popularity",
    ]


@pytest.mark.parametrize(
    ("edges", "labels"),
    [([2], ["1", "2 and more"]), ([], ["history bucket 1", "history bucket 2"])],
)
def test_weights_are_shares_by_the_length_of_the_history(
    edges: list[int], labels: list[str]
) -> None:
    weights = report()["weights"] | {"history_edges": edges}

    table = weights_table({"weights": weights})

    assert [line.label for line in table.lines] == labels
    assert [[cell.value for cell in line.cells] for line in table.lines] == [
        [f"25{NBSP}%", f"75{NBSP}%"],
        [f"50{NBSP}%", f"50{NBSP}%"],
    ]


def test_an_empty_report_makes_empty_tables() -> None:
    assert metrics_table({}).lines == ()
    assert slices_table({}).lines == ()
    assert weights_table({}).lines == ()


@pytest.mark.django_db
def test_the_page_before_a_roll_back_names_the_version_that_takes_over(client: Client) -> None:
    first = make_version(make_run(), promoted_at=NOON)
    active = make_version(
        make_run(),
        promoted_at=NOON + timedelta(hours=1),
        status=ModelVersion.Status.ACTIVE,
    )
    client.force_login(member("Model admin"))

    page = client.get(ROLL_BACK).content.decode()

    assert f"Version {first.pk} takes over from version {active.pk}" in page
    assert f"Roll back to version {first.pk}" in page


@pytest.mark.django_db
def test_the_first_version_has_none_to_roll_back_to(client: Client) -> None:
    make_version(make_run(), promoted_at=NOON, status=ModelVersion.Status.ACTIVE)
    client.force_login(member("Model admin"))

    page = client.get(ROLL_BACK).content.decode()

    assert "there is nothing to go back to" in page
    assert "rs-button-danger" not in page
