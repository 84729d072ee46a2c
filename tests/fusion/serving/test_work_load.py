"""How busy a serve worker is."""

from fusion.serving.work_load import WINDOW_S, WorkLoad


def test_a_window_sums_up_what_was_done_in_it() -> None:
    now = 100.0
    load = WorkLoad(lambda: now)
    load.note(10, 0.5)
    load.note(30, 0.5)
    now += WINDOW_S

    load.close_window()

    assert (load.busy, load.requests_per_s) == (0.5, 20.0)


def test_a_window_that_is_not_over_changes_nothing() -> None:
    now = 100.0
    load = WorkLoad(lambda: now)
    load.note(10, 0.5)
    now += WINDOW_S / 2

    load.close_window()

    assert (load.busy, load.requests_per_s) == (0.0, 0.0)


def test_the_price_of_a_request_follows_slowly() -> None:
    load = WorkLoad()
    load.note(1, 0.010)
    assert load.request_ms == 10.0

    load.note(10, 0.010)

    assert load.request_ms == 9.1
