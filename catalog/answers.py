"""What views of every app answer with when rows are checked one by one."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from rest_framework.exceptions import ErrorDetail, ValidationError

from catalog.values import InvalidRowError


def verdicts_answer(verdicts: Iterable[Any], statuses: Iterable[str]) -> dict[str, Any]:
    """Return each verdict (a dataclass) with its index, and how many rows got each status."""
    results = [
        {"index": index, **{name: value for name, value in asdict(verdict).items() if value}}
        for index, verdict in enumerate(verdicts)
    ]
    counts = {name: sum(row["status"] == name for row in results) for name in statuses}
    return {"results": results, **counts}


@contextmanager
def field_errors() -> Iterator[None]:
    """Turn the errors of a row into a 400 that names each field."""
    try:
        yield
    except InvalidRowError as error:
        raise ValidationError(
            {
                name: ErrorDetail(message, getattr(message, "code", "invalid"))
                for name, message in error.errors.items()
            }
        ) from None
