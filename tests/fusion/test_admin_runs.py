"""Starting, watching and cancelling training runs in the admin."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from fusion.admin.curves import network_plots
from fusion.admin.progress import advice, duration, run_view, steps
from fusion.config import TrainingConfig
from fusion.models import TrainingRun
from fusion.retraining import NAME, RetrainingPlan, retraining_plan
from fusion.training_options import TrainingOptions
from tests.admin_shop import log_messages, make_run, make_version, member
from tests.factories import NOON
from users.models import AuditEntry

pytestmark = pytest.mark.django_db
Status = TrainingRun.Status
RETRAIN = "/admin/fusion/trainingrun/retrain/"
SCHEDULE = "/admin/fusion/trainingrun/schedule/"
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

    assert ">New events</dt><dd>0</dd>" in page
    assert ">Estimated time</dt><dd>unknown</dd>" in page
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


def test_the_curves_of_one_network_share_a_chart() -> None:
    curves = {"measured: text.loss": [[1, 6.0], [2, 4.0], [3, 2.0]]}
    curves |= {"served: text.loss": [[1, 5.0], [2, 3.0]], "measured: text.ndcg": [[1, 0.1]]}

    [network] = network_plots(curves)

    loss, ndcg = network.plots
    assert (network.title, loss.title, ndcg.title) == ("Text", "Loss", "NDCG@10 on validation")
    assert loss.chart is not None
    assert [curve.name for curve in loss.chart.curves] == ["for the report", "for serving"]
    assert loss.chart.curves[0].points == "0.00,0.00 50.00,50.00 100.00,100.00"
    assert loss.chart.curves[1].points == "0.00,25.00 50.00,75.00"


def test_a_single_epoch_is_a_word_and_no_chart() -> None:
    [network] = network_plots({"measured: sequence.loss": [[1, 6.0]], "measured: text.loss": []})

    [plot] = network.plots
    assert (network.title, plot.chart) == ("Behaviour: the order of events", None)
    assert plot.latest == "6.0000 after epoch 1"


@pytest.mark.parametrize(
    ("run", "states"),
    [
        (run_of(status=Status.PENDING), ["", "", "", "", "", "", ""]),
        (run_of(started_at=NOON, progress=0.4), ["done"] * 3 + ["now", "", "", ""]),
        (
            run_of(status=Status.FAILED, started_at=NOON, progress=0.01),
            ["failed", "", "", "", "", "", ""],
        ),
        (run_of(status=Status.SUCCEEDED, started_at=NOON, progress=1.0), ["done"] * 7),
    ],
)
def test_the_steps_say_how_far_a_run_is(run: TrainingRun, states: list[str]) -> None:
    assert [step.state for step in steps(run)] == states


def test_all_choices_of_the_page_reach_the_run(client: Client) -> None:
    client.force_login(member("Model admin"))

    chosen = {"preset": "quick", "promotion": "gate", "leave_out": ["image"], "is_short": "on"}
    client.post(RETRAIN, chosen | {"has_early_fusion": "on", "note": "Do pictures matter?"})

    run = TrainingRun.objects.get()
    assert TrainingOptions.of(run.config) == TrainingOptions("quick", ("image",), False, True)
    assert run.note == "Do pictures matter?"
    assert AuditEntry.objects.get().note == (
        "Settings: quick, Afterwards: gate, Do without: image, Train once, not twice: yes, "
        "Compare with early fusion: yes, Note: Do pictures matter?"
    )


def test_a_failed_run_can_be_asked_for_again_with_its_choices(client: Client) -> None:
    config = json.loads(TrainingOptions("quick", ("text",)).settings().to_json())
    run = make_run(Status.FAILED, config=config, promotion="manual")
    client.force_login(member("Model admin"))

    assert f"?like={run.pk}" in live(client, run)
    form = client.get(RETRAIN, {"like": run.pk}).context["form"]

    assert (form["preset"].value(), form["promotion"].value()) == ("quick", "manual")
    assert (form["leave_out"].value(), form["note"].value()) == (("text",), f"Run {run.pk} again")


def test_who_may_not_train_is_not_asked_to_run_it_again(client: Client) -> None:
    client.force_login(member("Analyst"))

    assert "?like=" not in live(client, make_run(Status.FAILED))


@pytest.mark.parametrize("like", ["x", "999", "-1"])
def test_an_odd_run_to_repeat_is_no_error(client: Client, like: str) -> None:
    client.force_login(member("Model admin"))

    assert client.get(RETRAIN, {"like": like}).status_code == 200


def test_the_page_says_when_there_is_nothing_new(client: Client) -> None:
    make_version(make_run(cutoff=NOON))
    client.force_login(member("Model admin"))

    assert "Nothing has changed since" in client.get(RETRAIN).content.decode()


def test_a_preset_that_was_used_says_how_long_it_takes(client: Client) -> None:
    config = json.loads(TrainingOptions("quick").settings().to_json())
    run = make_run(config=config, finished_at=NOON + timedelta(minutes=2))
    make_version(run)
    client.force_login(member("Model admin"))

    choices = dict(client.get(RETRAIN).context["form"].fields["preset"].choices)

    assert choices["quick"].endswith(f"(about 2{NBSP}min{NBSP}00{NBSP}s)")
    assert "about" not in choices["standard"]


def test_training_by_the_clock_is_planned_on_its_page(client: Client) -> None:
    client.force_login(member("Model admin"))
    chosen = {"is_on": "on", "day": "0", "hour": "4", "min_new_events": "50", "preset": "quick"}

    answer = client.post(SCHEDULE, chosen | {"promotion": "manual"}, follow=True)

    assert "Trains every Sunday at 04:00." in answer.content.decode()
    assert retraining_plan() == RetrainingPlan(True, "0", 4, "quick", "manual", 50)
    entry = AuditEntry.objects.get()
    assert entry.changes["Train by the clock"] == ["no", "yes"]


def test_an_hour_that_does_not_exist_changes_no_plan(client: Client) -> None:
    client.force_login(member("Model admin"))
    chosen = {"is_on": "on", "day": "0", "hour": "24", "min_new_events": "-1", "preset": "quick"}

    page = client.post(SCHEDULE, chosen | {"promotion": "gate"}).content.decode()

    assert "24 is not one of the available choices" in page
    assert not retraining_plan().is_on


def test_who_may_not_train_plans_nothing(client: Client) -> None:
    client.force_login(member("Analyst"))

    assert client.post(SCHEDULE, {"is_on": "on"}).status_code == 403
    assert not PeriodicTask.objects.filter(name=NAME).exists()
