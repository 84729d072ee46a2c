"""Leaving alone what failed."""

from catalog.breaker import Breaker


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def failed(breaker: Breaker, times: int) -> Breaker:
    for _ in range(times):
        breaker.failed()
    return breaker


def test_tolerated_failures_change_nothing() -> None:
    breaker = failed(Breaker(tolerated=2, pause_s=1.0, clock=Clock()), 2)

    assert [breaker.allows() for _ in range(3)] == [True, True, True]


def test_one_more_failure_stops_everybody() -> None:
    breaker = failed(Breaker(tolerated=2, pause_s=1.0, clock=Clock()), 3)

    assert [breaker.allows() for _ in range(3)] == [False, False, False]


def test_after_the_pause_one_caller_tries() -> None:
    clock = Clock()
    breaker = failed(Breaker(tolerated=0, pause_s=1.0, clock=clock), 1)
    clock.now = 1.5

    assert [breaker.allows() for _ in range(3)] == [True, False, False]


def test_a_success_lets_everybody_try() -> None:
    breaker = failed(Breaker(tolerated=0, pause_s=1.0, clock=Clock()), 5)

    breaker.succeeded()

    assert [breaker.allows() for _ in range(3)] == [True, True, True]
