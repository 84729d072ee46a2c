"""A serve worker's threads: one answers, one follows the database, one gives signs of life.

Loading a version takes seconds, so neither answers nor signs of life wait for it. The sign of
life stops when the answering thread hangs: a worker that cannot answer must not be asked.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import close_old_connections, connection
from django.utils import timezone

from catalog.redis_link import Command, RedisDownError, RedisLink
from fusion.models import ModelVersion
from fusion.serving import keys
from fusion.serving.answering import answer
from fusion.serving.fleet import Membership
from fusion.serving.heartbeat import Heartbeat
from fusion.serving.hints import VersionHints
from fusion.serving.runtime import ServingRuntime
from fusion.serving.work_load import WorkLoad

logger = logging.getLogger(__name__)
BATCH = 32  # requests of one forward pass
POP_WAIT_S = 0.25  # a stop waits for it
NO_VERSION_WAIT_S = 0.02  # short: the first requests come as soon as a version is announced
BEAT_EVERY_S = 0.5
HANGS_AFTER_S = 5.0
FOLLOW_EVERY_S = 1.0
REFRESH_EVERY_S = 2.0
PAUSE_AFTER_ERROR_S = 0.5
DRAIN_S = 2.0


class ModelServer:
    """Answers the requests in Redis with the active version, from `start` to `stop`.

    Args:
        name: of the worker, for its sign of life.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._runtime = ServingRuntime()
        self._link = RedisLink(settings.REDIS_URL, hang_timeout_s=POP_WAIT_S + HANGS_AFTER_S)
        self._membership = Membership(name, self._link)
        self._load = WorkLoad()
        self._stopping = threading.Event()
        self._news = threading.Event()
        self._answering_at = time.monotonic()
        self._answers: list[Command] = []  # of the last batch, not sent yet
        self._threads = [
            threading.Thread(target=work, name=f"serve-{work.__name__}", daemon=True)
            for work in (self._answer, self._follow, self._beat)
        ]

    def start(self) -> None:
        """Start the threads; each waits by itself for Redis, the database and a version."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Say good-bye, answer the requests that wait, and end the threads."""
        self._stopping.set()
        self._news.set()
        for thread in self._threads:
            thread.join(timeout=HANGS_AFTER_S + DRAIN_S)

    def _answer(self) -> None:
        self._until_stopped(lambda: self._answer_batch(POP_WAIT_S))
        give_up_at = time.monotonic() + DRAIN_S
        try:
            while self._answer_batch(0.2) and time.monotonic() < give_up_at:
                pass
            self._exchange()
        except RedisDownError:
            logger.warning("serving.drain_failed")

    def _answer_batch(self, wait_s: float) -> bool:
        """Answer the requests that wait, at most BATCH; say whether there was one."""
        self._answering_at = time.monotonic()
        loaded = self._runtime.loaded
        if loaded is None:  # the requests are left to a worker that has a version
            self._exchange()
            self._stopping.wait(NO_VERSION_WAIT_S)
            return False
        # Taken from the first list that holds something: nobody waits behind the background.
        lists = (keys.REQUESTS, keys.BACKGROUND)
        popped = self._exchange(("BLMPOP", wait_s, len(lists), *lists, "LEFT", "COUNT", BATCH))
        if popped is None:
            return False
        loaded = self._runtime.loaded or loaded  # another one, if it came while we waited
        started = time.monotonic()
        self._answers = answer(popped[1], loaded, now_ms=lambda: int(time.time() * 1000))
        self._load.note(len(popped[1]), time.monotonic() - started)
        return True

    def _exchange(self, *commands: Command) -> Any:
        """Send the answers there are and these commands at once; return the last reply, if any."""
        answers, self._answers = self._answers, []  # what Redis refuses is not sent again
        replies = self._link.run(*answers, *commands) if answers or commands else [None]
        return replies[-1]

    def _follow(self) -> None:
        hints = VersionHints(settings.REDIS_URL)
        refreshed_at = 0.0

        def follow() -> None:
            nonlocal refreshed_at
            close_old_connections()
            # The report is large, and nobody here reads it.
            active = ModelVersion.objects.filter(status=ModelVersion.Status.ACTIVE).defer("report")
            if self._runtime.follow(active.first(), now=timezone.now()):
                self._news.set()
            if time.monotonic() > refreshed_at + REFRESH_EVERY_S:
                refreshed_at = time.monotonic()
                if self._runtime.refresh(now=timezone.now()):
                    self._news.set()
            hints.wait(FOLLOW_EVERY_S, stopping=self._stopping)

        self._until_stopped(follow)
        connection.close()

    def _beat(self) -> None:
        self._until_stopped(self._beat_once)
        try:
            self._membership.leave()
        except RedisDownError:
            logger.warning("serving.goodbye_failed")

    def _beat_once(self) -> None:
        self._load.close_window()
        if time.monotonic() < self._answering_at + HANGS_AFTER_S:
            self._membership.say(self._heartbeat())
        self._news.wait(BEAT_EVERY_S)
        self._news.clear()

    def _heartbeat(self) -> Heartbeat:
        loaded = self._runtime.loaded
        return Heartbeat(
            worker=self._name,
            version_id=loaded.version_id if loaded else None,
            catalogue_at_ms=loaded.catalogue_at_ms if loaded else 0,
            problem=self._runtime.problem,
            busy=round(self._load.busy, 3),
            requests_per_s=round(self._load.requests_per_s, 1),
            request_ms=round(self._load.request_ms, 3),
        )

    def _until_stopped(self, once: Callable[[], object]) -> None:
        """Repeat `once`; whatever happens in it, the thread goes on."""
        while not self._stopping.is_set():
            try:
                once()
            except RedisDownError as error:
                logger.warning("serving.redis_down", extra={"error": str(error)})
                self._stopping.wait(PAUSE_AFTER_ERROR_S)
            except Exception:
                logger.exception("serving.thread_failed")
                self._stopping.wait(PAUSE_AFTER_ERROR_S)
