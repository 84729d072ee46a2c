"""What was shown: noted in Redis while answering, written to the database afterwards."""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
from django.db.models import JSONField, QuerySet, Value

from catalog.redis_link import Command, RedisDownError, redis_link
from fusion.models import ModelVersion, ServedList
from fusion.serving import keys
from fusion.serving.counters import count_commands
from fusion.serving.results import Recommendation
from fusion.serving.served_list_retention import is_kept
from users.models import Shopper

logger = logging.getLogger(__name__)
# About 80 MB of answers that nobody fetches; then the oldest go first.
MOST_PENDING = 20_000
BATCH = 1_000
NOT_KEPT = ("rank", "evidence")  # of a result: the one is its place, the other is made anew


def record(
    answer: Recommendation,
    *,
    shopper_pk: int | None,
    question: Mapping[str, Any] | None = None,
    noted: bytes | None = None,
    also: Sequence[Command] = (),
    now: datetime,
) -> None:
    """Note one answer for the database and the counters; skipped while Redis is down.

    Args:
        question: what was asked for, to explain the answer by later.
        noted: the results as JSON, if they are that already.
        also: what is sent at the same time.
    """
    row = {
        "recommendation_id": answer.recommendation_id,
        "shopper_id": shopper_pk,
        "scenario": answer.scenario,
        "model_version_id": answer.model_version,
        "fallback_level": answer.fallback.level,
        "question": question or {},
        "results": answer.results if noted is None else orjson.Fragment(noted),
        "took_ms": answer.took_ms,
        "created_at": now,
    }
    body = orjson.dumps(row, default=str)
    note = ("XADD", keys.SERVED_LISTS, "MAXLEN", "~", MOST_PENDING, "*", "row", body)
    notes = [note] if is_kept(answer.recommendation_id) else []
    try:
        redis_link().post(*notes, *count_commands(answer), *also)
    except RedisDownError:
        logger.debug("serving.not_recorded")


def store_pending() -> int:
    """Write all noted answers to the database, oldest first; return how many were noted.

    A note is deleted by its own id after its row is written, so a call that dies in between,
    or two calls at the same time, store each answer once.
    """
    num_noted = 0
    while notes := _oldest_notes():
        _store([orjson.loads(fields[1]) for _, fields in notes])
        redis_link().run(("XDEL", keys.SERVED_LISTS, *(note_id for note_id, _ in notes)))
        num_noted += len(notes)
    return num_noted


def _oldest_notes() -> list[tuple[bytes, list[bytes]]]:
    command = ("XRANGE", keys.SERVED_LISTS, "-", "+", "COUNT", BATCH)
    notes: list[tuple[bytes, list[bytes]]] = redis_link().run(command)[0]
    return notes


def _store(rows: list[dict[str, Any]]) -> None:
    """Write rows; what was shown to a shopper erased since then is forgotten with them."""
    shoppers = _still_there(Shopper.objects.all(), rows, "shopper_id")
    versions = _still_there(ModelVersion.objects.all(), rows, "model_version_id")
    ServedList.objects.bulk_create(
        [
            ServedList(
                **row
                | {
                    "model_version_id": versions.get(row["model_version_id"]),
                    "results": _kept(row["results"]),
                }
            )
            for row in rows
            if row["shopper_id"] is None or row["shopper_id"] in shoppers
        ],
        ignore_conflicts=True,
    )


def _kept(results: list[dict[str, Any]]) -> Value:
    """Return what is stored of results; as an expression it is sent as one parameter.

    Django sends bare values as an array for each column, and making an array of long JSON texts
    takes longer than all the rest.
    """
    for each in results:
        for name in NOT_KEPT:
            del each[name]
    return Value(results, output_field=JSONField())


def _still_there(
    table: QuerySet[Any], rows: list[dict[str, Any]], column: str
) -> dict[int | None, int]:
    """Return, by itself, each key in the column that names a row."""
    found = table.filter(pk__in={row[column] for row in rows} - {None})
    return {pk: pk for pk in found.values_list("pk", flat=True)}
