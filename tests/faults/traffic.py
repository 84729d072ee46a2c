"""Shoppers who never stop: recommendations are asked for and events are sent, whatever happens."""

import logging
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any

from recsys.demo_check import call
from users.models import Event

logger = logging.getLogger(__name__)
ASKERS = 4
ASKED_PER_S = 50.0
TOLD_PER_S = 10.0
GIVE_UP_S = 30.0


@dataclass(frozen=True)
class Answer:
    """One answer to a request for recommendations; `at` and `took_s` on the monotonic clock."""

    at: float
    took_s: float
    status: int
    body: Any

    @property
    def level(self) -> str:
        """Return the step that answered."""
        return str(self.body["fallback"]["level"])

    @property
    def version(self) -> int | None:
        """Return the model version that answered."""
        found: int | None = self.body["model_version"]
        return found


@dataclass
class Traffic:
    """Asks and tells from threads of its own; a cut connection is tried again, as a proxy does."""

    address: str
    key: str
    user_ids: Sequence[str]
    product_ids: Sequence[str]
    answers: list[Answer] = field(default_factory=list)
    acknowledged: list[uuid.UUID] = field(default_factory=list)
    num_cut: int = 0
    _stopping: threading.Event = field(default_factory=threading.Event)

    def since(self, moment: float) -> list[Answer]:
        """Return the answers to what was asked after a moment."""
        return [answer for answer in list(self.answers) if answer.at >= moment]

    def last_level(self) -> str:
        """Return the step of the last answer."""
        return self.answers[-1].level if self.answers else ""

    def summary(self) -> str:
        """Return what became of the requests."""
        levels = dict(Counter(answer.level for answer in self.answers if answer.status == 200))
        slowest = max(answer.took_s for answer in self.answers)
        return f"{levels}, slowest {slowest:.2f} s, {self.num_cut} connections cut"

    def require_unbroken(self) -> None:
        """Fail unless every shopper was answered and every acknowledged event was kept."""
        assert Counter(answer.status for answer in self.answers) == {200: len(self.answers)}
        assert {len(answer.body["results"]) for answer in self.answers} == {5}
        kept = set(Event.objects.values_list("event_id", flat=True))
        assert set(self.acknowledged) <= kept
        assert self.acknowledged

    def _ask(self, asker: int) -> None:
        number = 0
        while not self._stopping.wait(ASKERS / ASKED_PER_S):
            number += 1
            user_id = self.user_ids[(asker + number) % len(self.user_ids)]
            query = f"user_id={user_id}&limit=5&explain=none"
            if number % 2:  # every other question is a new one for the model
                query += f"&exclude_product_ids={asker}-{number}"
            at = time.monotonic()
            status, body = self._call(f"recommendations?{query}", None)
            self.answers.append(Answer(at, time.monotonic() - at, status, body))

    def _tell(self) -> None:
        number = 0
        while not self._stopping.wait(1 / TOLD_PER_S):
            number += 1
            event_id = uuid.uuid4()
            event = {
                "event_id": str(event_id),
                "user_id": self.user_ids[number % len(self.user_ids)],
                "product_id": self.product_ids[number % len(self.product_ids)],
                "kind": "view",
            }
            if self._is_acknowledged(event):
                self.acknowledged.append(event_id)

    def _is_acknowledged(self, event: dict[str, str]) -> bool:
        """Send until it is acknowledged; the same id each time, so it counts once."""
        while not self._stopping.is_set():
            status, _ = self._call("events", event)
            if status < 300:
                return True
            assert status == 503, status  # "try again", and nothing else
            self._stopping.wait(0.5)
        return False

    def _call(self, path: str, body: Any) -> tuple[int, Any]:
        give_up_at = time.monotonic() + GIVE_UP_S
        while True:
            try:
                return call(f"{self.address}/api/v1/{path}", key=self.key, body=body)
            except (OSError, HTTPException) as error:  # cut before or within the answer
                self.num_cut += 1
                if time.monotonic() > give_up_at:
                    return 599, {"error": str(error)}
                time.sleep(0.2)


@contextmanager
def flowing(traffic: Traffic) -> Iterator[Traffic]:
    """Let it flow during the block, and find it unbroken afterwards."""
    jobs = [threading.Thread(target=traffic._ask, args=(number,)) for number in range(ASKERS)]
    jobs.append(threading.Thread(target=traffic._tell))
    for job in jobs:
        job.start()
    try:
        yield traffic
    finally:
        traffic._stopping.set()
        for job in jobs:
            job.join(GIVE_UP_S + 10)
    logger.info("%s", traffic.summary())
    traffic.require_unbroken()
