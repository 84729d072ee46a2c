"""What a client or a file sent, as typed values.

Each function raises ValueError with what to send instead.
"""

import math
import re
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

Value = TypeVar("Value")
Default = TypeVar("Default")

MAX_ID_LENGTH = 128
MAX_INTEGER = 2**31 - 1  # what an integer column of PostgreSQL holds
MAX_PRICE = Decimal(10) ** 8
PRICE_STEP = Decimal("0.000001")
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)
# Unix time in seconds passes this number in the year 5138, in milliseconds it did in 1973.
FIRST_MILLISECONDS = 10**11
CURRENCIES = {"€": "EUR", "£": "GBP", "$": "USD"}
MONEY = re.compile(
    r"([A-Za-z]{3}|[€£$])?\s*(-?[\d.,]*\d(?:[eE]-?\d{1,3})?)\s*([A-Za-z]{3}|[€£$])?", re.ASCII
)
TRUE_WORDS = frozenset({"true", "1", "yes", "y", "in_stock", "preorder", "backorder"})
FALSE_WORDS = frozenset({"false", "0", "no", "n", "out_of_stock", "discontinued"})
JSON_WORDS = {
    type(None): "null",
    bool: "true or false",
    int: "a number",
    float: "a number with a point",
    str: "text",
    list: "a list",
    dict: "an object",
}


class Fault(str):
    """What is wrong with a field, in words for people and by a code for programs."""

    code = "invalid"


class Missing(Fault):
    """The field is needed."""

    code = "missing"


class UnknownField(Fault):
    """There is no such field."""

    code = "unknown_field"


class InvalidRowError(ValueError):
    """A row cannot be taken; `errors` says what is wrong with which field ("": the row)."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        self.errors = dict(errors)
        parts = (f"{field}: {message}" if field else message for field, message in errors.items())
        super().__init__(" ".join(parts))


def require_object(row: Any) -> Mapping[str, Any]:
    """Return the row; raise InvalidRowError unless it is a JSON object that could be read."""
    if isinstance(row, InvalidRowError):
        raise row
    if not isinstance(row, Mapping):
        raise InvalidRowError({"": f"Send an object, not {json_word(row)}."})
    return row


def sent_id(row: Any, name: str) -> str:
    """Return the id that a rejected row names itself by, for the answer."""
    told = row.get(name) if isinstance(row, Mapping) else None
    return str(told)[:MAX_ID_LENGTH] if isinstance(told, str | int) else ""


def json_word(value: Any) -> str:
    """Return what JSON calls this kind of value."""
    return JSON_WORDS.get(type(value), type(value).__name__)


def depth(value: Any) -> int:
    """Return how many lists and objects lie in each other; 0 for a plain value."""
    levels, containers = 0, [value] if isinstance(value, list | dict) else []
    while containers:
        levels += 1
        containers = [
            inner
            for outer in containers
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, list | dict)
        ]
    return levels


class Fields:
    """The fields of one row, read one by one; collects everything that is wrong with them."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = values
        self.errors: dict[str, str] = {}

    def read(self, name: str, parse: Callable[[Any], Value], default: Default) -> Value | Default:
        """Return the parsed field, or the default where it is empty or wrong."""
        value = self.values.get(name)
        if value is None or value == "":
            return default
        try:
            return parse(value)
        except ValueError as error:
            self.errors[name] = str(error)
            return default

    def require(self, name: str, hint: str) -> None:
        """Note an error where the field is empty."""
        if self.values.get(name) in (None, ""):
            self.errors[name] = Missing(f"Missing: {hint}")

    def refuse_unknown(self, known: Collection[str]) -> None:
        """Note each other field: a misspelt one would change nothing and be searched for long."""
        for name in sorted(set(self.values) - set(known)):
            hint = f"Known are: {', '.join(sorted(known))}."
            self.errors[name] = UnknownField(f"There is no such field. {hint}")

    def finish(self) -> None:
        """Raise InvalidRowError with everything that was wrong."""
        if self.errors:
            raise InvalidRowError(self.errors)


def text(value: Any, *, max_length: int | None = None) -> str:
    """Return the text without outer blanks; raise ValueError for what cannot be stored."""
    if isinstance(value, bool | float) or not isinstance(value, str | int):
        raise ValueError(f"Send text, not {json_word(value)}.")
    words = str(value).strip()
    if "\0" in words:
        raise ValueError("Contains a NUL character: remove it.")
    if not words.isascii():
        _require_unicode(words)
    if max_length is not None and len(words) > max_length:
        raise ValueError(f"{len(words)} characters long: send at most {max_length}.")
    return words


def _require_unicode(words: str) -> None:
    try:
        words.encode()
    except UnicodeEncodeError:
        raise ValueError("Not valid UTF-8: send the text as UTF-8.") from None


def identifier(value: Any) -> str:
    """Return an id as text: leading zeros and letters matter, 0012 is not 12."""
    words = text(value, max_length=MAX_ID_LENGTH)
    if not words:
        raise ValueError("An id has at least one character.")
    if not words.isprintable():
        raise ValueError("An id has no line breaks or control characters.")
    return words


def exact_identifier(value: str) -> str:
    """Return an id that must be written as it is kept; raise ValueError for outer blanks."""
    words = identifier(value)
    if words != value:
        raise ValueError("An id has no blanks or line breaks around it: remove them.")
    return words


def number(value: Any) -> float:
    """Return a finite number."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise ValueError(f"Send a number, not {json_word(value)}.")
    try:
        parsed = float(value)
    except (ValueError, OverflowError):
        raise ValueError(f"{str(value)[:40]!r} is not a number.") from None
    if not math.isfinite(parsed):
        raise ValueError("Send a finite number.")
    return parsed


def money(value: Any) -> tuple[Decimal, str]:
    """Return amount and currency of 12.5, "12.50 EUR", "1.234,50 €"; "" where none is named.

    The amount is at least 0, under 100 million, and rounded to six decimals.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise ValueError(f"Send a number, not {json_word(value)}.")
    found = MONEY.fullmatch(str(value).strip())
    try:
        before, digits, after = found.groups() if found else ("", "", "")
        amount = Decimal(_plain_digits(digits))
    except InvalidOperation:
        hint = "send 12.50 or 12.50 EUR."
        raise ValueError(f"{str(value)[:40]!r} is not a price: {hint}") from None
    if not 0 <= amount < MAX_PRICE:
        raise ValueError(f"A price is at least 0 and under {MAX_PRICE:,}.")
    sign = (before or after or "").strip().upper()
    return min(amount.quantize(PRICE_STEP), MAX_PRICE - PRICE_STEP), CURRENCIES.get(sign, sign)


def _plain_digits(digits: str) -> str:
    """Tell a decimal comma from a comma between thousands: "1.234,50" and "1,234.50"."""
    comma, point = digits.rfind(","), digits.rfind(".")
    if comma > point and (point >= 0 or len(digits) - comma != 4):
        return digits.replace(".", "").replace(",", ".")
    return digits.replace(",", "")


def whole_number(value: Any, *, maximum: int = MAX_INTEGER) -> int:
    """Return a whole number from 1 to `maximum`."""
    parsed = number(value)
    if not parsed.is_integer() or not 1 <= parsed <= maximum:
        raise ValueError(f"Send a whole number from 1 to {maximum:,}.")
    return int(parsed)


def yes_or_no(value: Any) -> bool:
    """Return a truth value; files may say it in words."""
    word = str(value).strip().lower().replace(" ", "_")
    if word in TRUE_WORDS:
        return True
    if word in FALSE_WORDS:
        return False
    raise ValueError(f"{str(value)[:40]!r} is neither true nor false.")


def moment(value: Any) -> datetime:
    """Return a moment in UTC from ISO 8601, a date, or unix time in seconds or milliseconds."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _from_unix_time(value)
    if isinstance(value, date):
        return _on_calendar(_as_datetime(value))
    words = str(value).strip()
    try:
        return _on_calendar(datetime.fromisoformat(words))
    except ValueError:
        return _from_unix_time(words)


def _as_datetime(value: date) -> datetime:
    return value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)


def _on_calendar(value: datetime) -> datetime:
    """Read a time without a zone as UTC; raise ValueError outside 1970 to 2200."""
    aware = value if value.tzinfo else value.replace(tzinfo=UTC)
    if not EARLIEST <= aware < LATEST:
        raise ValueError("Send a time between the years 1970 and 2200.")
    return aware.astimezone(UTC)


def _from_unix_time(value: Any) -> datetime:
    hint = "send ISO 8601 (2026-01-31T12:00:00Z) or unix seconds, after 1970."
    try:
        seconds = float(value)
        if abs(seconds) >= FIRST_MILLISECONDS:
            seconds /= 1000
        return _on_calendar(datetime.fromtimestamp(seconds, UTC))
    except (ValueError, OverflowError, OSError):
        raise ValueError(
            f"{str(value)[:40]!r} is not a time between 1970 and 2200: {hint}"
        ) from None
