"""Starting, watching and cancelling training runs in the admin."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from fusion.admin.curves import charts
from fusion.admin.progress import advice, duration, run_view
from fusion.config import TrainingConfig
from fusion.models import TrainingRun
from tests.admin_shop import log_messages, make_run, make_version, member
from tests.factories import NOON

pytestmark = pytest.mark.django_db
Status = TrainingRun.Status
RETRAIN = "/admin/fusion/trainingrun/retrain/"
NBSP = "\N{NO-BREAK SPACE}"


def run_of(**values: Any) -> TrainingRun:
    """A run that is not saved."""
    return TrainingRun(
        **{"status": Status.RUNNING, "created_at": NOON, "heartbeat_at": NOON} | values
    )


def live(client: Client, run: TrainingRun) -> str:
    """The panel that a page asks for again and again."""
    return client.get(reverse("admin:fusion_trainingrun_live", args=[run.pk])).content.decode()


def test_the_retrain_page_starts_a_run_as_asked(client: Client) -> None:
    user = member("Model admin")
    client.force_login(user)

    answer = client.post(RETRAIN, {"preset": "quick", "promotion": "manual"})

    run = TrainingRun.objects.get()
    assert answer.headers["Location"] == f"/admin/fusion/trainingrun/{run.pk}/change/"
    assert (run.status, run.promotion, run.requested_by) == ("pending", "manual", user)
    assert (
        run.config["sequence"]["max_epochs"] == TrainingConfig.preset("quick").sequence.max_epochs
    )


def test_looking_at_the_retrain_page_starts_nothing(client: Client) -> None:
    client.force_login(member("Model admin"))

    page = client.get(RETRAIN).content.decode()

    assert "<dt>New events</dt><dd>0</dd>" in page
    assert "<dt>Estimated time</dt><dd>unknown</dd>" in page
    assert not TrainingRun.objects.exists()


def test_a_second_run_is_refused_and_the_first_one_shown(client: Client) -> None:
    running = make_run(Status.RUNNING)
    client.force_login(member("Model admin"))

    answer = client.post(RETRAIN, {"preset": "quick", "promotion": "gate"}, follow=True)

    assert answer.redirect_chain[0][0] == f"/admin/fusion/trainingrun/{running.pk}/change/"
    assert "A run is in progress already; this is it." in answer.content.decode()
    assert TrainingRun.objects.count() == 1


def test_a_preset_that_does_not_exist_starts_nothing(client: Client) -> None:
    client.force_login(member("Model admin"))

    client.post(RETRAIN, {"preset": "huge", "promotion": "gate"})

    assert not TrainingRun.objects.exists()


def test_a_waiting_run_is_cancelled_after_a_question(client: Client) -> None:
    run = make_run(Status.PENDING)
    client.force_login(member("Model admin"))
    url = reverse("admin:fusion_trainingrun_cancel", args=[run.pk])

    asked = client.get(url).content.decode()
    run.refresh_from_db()
    assert (f"Cancel run {run.pk}?" in asked, run.status) == (True, "pending")

    client.post(url)
    run.refresh_from_db()
    assert (run.status, log_messages()) == ("cancelled", ["Cancelled."])


def test_a_finished_run_cannot_be_cancelled(client: Client) -> None:
    run = make_run(Status.SUCCEEDED)
    client.force_login(member("Model admin"))

    answer = client.post(reverse("admin:fusion_trainingrun_cancel", args=[run.pk]))

    run.refresh_from_db()
    assert (answer.status_code, run.status) == (403, "succeeded")


def test_the_panel_asks_again_until_the_run_is_over(client: Client) -> None:
    run = make_run(Status.RUNNING, stage="text branch", message="epoch 3 of 15", progress=0.42)
    client.force_login(member("Analyst"))

    while_running = live(client, run)
    TrainingRun.objects.filter(pk=run.pk).update(status=Status.SUCCEEDED, progress=1)
    version = make_version(run)
    afterwards = live(client, run)

    assert 'hx-trigger="every 2s"' in while_running
    assert 'aria-valuenow="42"' in while_running
    assert "epoch 3 of 15" in while_running
    assert "hx-trigger" not in afterwards
    assert f'href="/admin/fusion/modelversion/{version.pk}/change/"' in afterwards


def test_the_panel_of_an_unknown_run_is_not_found(client: Client) -> None:
    client.force_login(member("Analyst"))

    assert client.get(reverse("admin:fusion_trainingrun_live", args=[7])).status_code == 404


def test_what_a_worker_wrote_cannot_become_markup(client: Client) -> None:
    run = make_run(Status.FAILED, error="<script>alert(1)</script>", log="<b>x</b>")
    client.force_login(member("Analyst"))

    panel = live(client, run)

    assert "<script>" not in panel
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in panel
    assert "<b>x</b>" not in panel


def test_a_failed_run_says_what_to_do(client: Client) -> None:
    run = make_run(Status.FAILED, error="There are only 12 events. Send more, then train again.")
    client.force_login(member("Analyst"))

    panel = live(client, run)

    assert "There are only 12 events. Send more, then train again." in panel
    assert "the active version goes on answering" in panel


@pytest.mark.parametrize(
    ("run", "words"),
    [
        (run_of(status=Status.PENDING, created_at=NOON), ""),
        (run_of(status=Status.PENDING, created_at=NOON - timedelta(minutes=1)), "No worker has"),
        (run_of(heartbeat_at=NOON - timedelta(seconds=10)), ""),
        (
            run_of(heartbeat_at=NOON - timedelta(seconds=90)),
            f"silent for 1{NBSP}min{NBSP}30{NBSP}s",
        ),
        (run_of(is_cancel_requested=True), "Stopping"),
        (run_of(status=Status.SUCCEEDED), ""),
    ],
)
def test_advice_is_given_when_something_is_the_matter(run: TrainingRun, words: str) -> None:
    given = advice(run, now=NOON)

    assert words in given
    assert bool(given) == bool(words)


def test_what_is_left_follows_from_what_is_done() -> None:
    run = run_of(progress=0.25, started_at=NOON - timedelta(minutes=5))

    view = run_view(run, now=NOON)

    assert (view.percent, view.elapsed) == (25, f"5{NBSP}min{NBSP}00{NBSP}s")
    assert view.left == f"about 15{NBSP}min{NBSP}00{NBSP}s left"


def test_nothing_is_promised_at_the_very_start() -> None:
    run = run_of(progress=0.01, started_at=NOON - timedelta(minutes=5))

    assert run_view(run, now=NOON).left == ""


def test_only_the_end_of_a_long_log_is_shown() -> None:
    log = "\n".join(str(number) for number in range(100))

    lines = run_view(run_of(log=log), now=timezone.now()).log_tail.splitlines()

    assert (lines[0], lines[-1], len(lines)) == ("60", "99", 40)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (-3, "0 s"), (59.6, "1 min 00 s"), (3661, "1 h 01 min")],
)
def test_a_span_is_written_with_its_two_largest_units(seconds: float, words: str) -> None:
    assert duration(timedelta(seconds=seconds)) == words.replace(" ", NBSP)


def test_a_curve_fills_its_chart_from_corner_to_corner() -> None:
    [chart] = charts({"behaviour.loss": [[1, 6.0], [2, 4.0], [3, 2.0]]})

    assert chart.points == "4.0,4.0 120.0,36.0 236.0,68.0"
    assert (chart.stage, chart.quantity) == ("behaviour", "loss")
    assert (chart.first, chart.last, chart.lowest, chart.highest) == (6.0, 2.0, 2.0, 6.0)


def test_a_single_point_lies_in_the_middle_and_no_point_is_no_chart() -> None:
    [chart] = charts({"text.loss": [[1, 6.0]], "image.loss": []})

    assert (chart.quantity, chart.points) == ("loss", "120.0,36.0")
