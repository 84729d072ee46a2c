"""Numbers as people read them, and how sure they are."""

import math
from dataclasses import dataclass

Z = 1.96  # of a 95 % interval
NBSP = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with the ends of its 95 % interval."""

    value: float
    low: float
    high: float


def plural(count: int, one: str, many: str = "") -> str:
    """Write a count with its noun: "1 product", "1,200 products"."""
    return f"{count:,}{NBSP}{one if count == 1 else many or f'{one}s'}"


def percent(share: float, digits: int = 1) -> str:
    """Write a share between 0 and 1 in per cent."""
    return f"{100 * share:.{digits}f}{NBSP}%"


def percent_range(found: Estimate, digits: int = 1) -> str:
    """Write the interval of a share: "4.2 … 5.1 %"."""
    return f"{100 * found.low:.{digits}f} … {100 * found.high:.{digits}f}{NBSP}%"


def times(factor: float) -> str:
    """Write a factor: "\N{MULTIPLICATION SIGN} 1.5"."""
    return f"\N{MULTIPLICATION SIGN}{NBSP}{factor:g}"


def milliseconds(value: float) -> str:
    """Write a time with two or three digits: "4.2 ms", "130 ms", "1.4 s"."""
    if value >= 1000:
        return f"{value / 1000:.1f}{NBSP}s"
    return f"{value:.0f}{NBSP}ms" if value >= 10 else f"{value:.1f}{NBSP}ms"


def change(now: float, before: float) -> str:
    """Write how much more or less something is than it was; empty where nothing was."""
    if not before:
        return ""
    percents = round(100 * (now - before) / before)
    return f"{percents:+d}{NBSP}%" if percents else f"±0{NBSP}%"


def share_estimate(part: int, whole: int) -> Estimate | None:
    """Return a share with its Wilson interval (Wilson 1927); None of nothing."""
    if not whole:
        return None
    rate = part / whole
    scale = 1 + Z**2 / whole
    middle = (rate + Z**2 / (2 * whole)) / scale
    half = Z * math.sqrt(rate * (1 - rate) / whole + Z**2 / (4 * whole**2)) / scale
    # Rounding may lift an end a hair beyond the value itself.
    return Estimate(rate, min(max(middle - half, 0), rate), max(min(middle + half, 1), rate))


def count_estimate(count: int, per: float) -> Estimate | None:
    """Return a count per `per` chances with its Poisson interval by Byar (Breslow & Day 1987).

    For what may happen more than once a chance, so that it is no share. None without chances.
    """
    if not per:
        return None
    low = count * (1 - 1 / (9 * count) - Z / (3 * math.sqrt(count))) ** 3 if count else 0.0
    above = count + 1
    high = above * (1 - 1 / (9 * above) + Z / (3 * math.sqrt(above))) ** 3
    return Estimate(count / per, max(low, 0.0) / per, high / per)


def mean_estimate(total: float, total_of_squares: float, count: int) -> Estimate | None:
    """Return the mean of `count` amounts >= 0 with its normal interval; None of nothing."""
    if not count:
        return None
    mean = total / count
    variance = max(total_of_squares / count - mean**2, 0.0)
    half = Z * math.sqrt(variance / count)
    return Estimate(mean, max(mean - half, 0.0), mean + half)
