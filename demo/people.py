"""The simulated shoppers one may sign in as, read from what the generator wrote."""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings


@dataclass(frozen=True)
class Person:
    """A simulated shopper."""

    user_id: str
    name: str
    led_by: str  # one of LEADS
    likes: str


def everybody() -> tuple[Person, ...]:
    """Return all simulated shoppers; none when the shop has not been generated."""
    path = Path(settings.VAR_DIR) / "shop" / "shoppers.jsonl"
    return _read(path, path.stat().st_mtime_ns) if path.exists() else ()


@lru_cache(maxsize=1)
def _read(path: Path, _changed_at: int) -> tuple[Person, ...]:
    with path.open(encoding="utf-8") as lines:
        return tuple(Person(**json.loads(line)) for line in lines)


def find_person(user_id: str) -> Person | None:
    """Return the person with this id."""
    return next((person for person in everybody() if person.user_id == user_id), None)


def search_people(words: str, *, led_by: str = "") -> list[Person]:
    """Return everybody whose name or phrase has all of `words`, and who is led by `led_by`."""
    wanted = words.lower().split()
    led = (person for person in everybody() if led_by in ("", person.led_by))
    return [p for p in led if all(word in f"{p.name} {p.likes}".lower() for word in wanted)]
