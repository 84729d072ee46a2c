"""Ways to have a question answered without HTTP; each says whether there was an answer."""

import random
import time
from collections.abc import Callable, Sequence
from typing import Any

from benchmarks.serving.plan import BATCH
from catalog.models import Product
from catalog.redis_link import redis_link
from fusion.serving.messages import Question, Request, pack_request, unpack_reply
from fusion.serving.model_step import ask_once
from fusion.serving.results import Step

QUESTIONS, EVENTS_EACH, RANKED = 200, 20, 200
TASK_TIMEOUT_S = 60.0
Ask = Callable[[int], bool]


class Ways:
    """Ways to ask the same questions.

    Args:
        with_history: whether they are of shoppers with some views, or as short as can be.
    """

    def __init__(self, *, with_history: bool) -> None:
        self._questions = _questions() if with_history else [Question("rank", k=RANKED)]

    def named(self, name: str) -> Ask:
        """Return one way.

        Raises:
            KeyError: there is none of this name.
        """
        makers: dict[str, Callable[[], Ask]] = {
            "list": self._by_the_list,
            "task": self._by_a_task,
            "empty task": self._by_an_empty_task,
            "scoring": lambda: self._scoring(1),
            "scoring of a batch": lambda: self._scoring(BATCH),
        }
        return makers[name]()

    def _by_the_list(self) -> Ask:
        def ask(number: int) -> bool:
            return ask_once(self._of(number), link=redis_link()).step is Step.MODEL

        return ask

    def _by_a_task(self) -> Ask:
        from benchmarks.serving import tasks

        messages = [pack_request(Request("", 1, each)).decode() for each in self._questions]

        def ask(number: int) -> bool:
            message = messages[number % len(messages)]
            sent = tasks.rank.apply_async((message,), queue=tasks.QUEUE)
            unpack_reply(sent.get(timeout=TASK_TIMEOUT_S).encode())
            return True

        return ask

    def _by_an_empty_task(self) -> Ask:
        from benchmarks.serving.plain import empty

        def ask(number: int) -> bool:
            empty.apply_async().get(timeout=TASK_TIMEOUT_S)
            return True

        return ask

    def _scoring(self, batch: int) -> Ask:
        from benchmarks.serving.tasks import loaded_version
        from fusion.serving.ranker import RankRequest

        ranker = loaded_version().ranker
        requests = [RankRequest(history=each.history, k=each.k) for each in self._questions]

        def ask(number: int) -> bool:
            ranker.rank([requests[(number + place) % len(requests)] for place in range(batch)])
            return True

        return ask

    def _of(self, number: int) -> Question:
        return self._questions[number % len(self._questions)]


def _questions() -> Sequence[Question]:
    """Return what shoppers with some views would ask."""
    rng, now = random.Random(7), int(time.time())  # noqa: S311
    pks = list(Product.objects.known().order_by("pk").values_list("pk", flat=True))

    def history() -> list[Any]:
        return [(rng.choice(pks), 1.0, now - 60 * age) for age in range(EVENTS_EACH, 0, -1)]

    return [Question("rank", k=RANKED, history=history()) for _ in range(QUESTIONS)]
