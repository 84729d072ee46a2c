"""Small charts drawn by the server: each dataclass has a template in `admin/includes/`.

A tone is one of the classes `rs-c1` to `rs-c6` of admin.css, or of a branch (`rs-text`).
Charts stretch to their place; all text stands beside the SVG, never in it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 100.0, 100.0
GAP = 0.22  # of a column's place


@dataclass(frozen=True, slots=True)
class Spark:
    """A curve of a word's size, for `sparkline.html`; `points` is what a polyline wants."""

    points: str
    words: str


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure that stands out, for `tile.html`.

    Attributes:
        definition: what exactly is counted, on hover.
        detail: its interval, or what it is compared with.
        url: where it leads.
    """

    label: str
    value: str
    definition: str
    detail: str = ""
    url: str = ""
    spark: Spark | None = None


@dataclass(frozen=True, slots=True)
class Meter:
    """A part of a whole as a bar, for `meter.html`; all in per cent of the bar.

    Attributes:
        low: begin of the interval, drawn as a whisker; None for what is no estimate.
    """

    width: float
    words: str
    low: float | None = None
    reach: float = 0.0  # from `low` to the other end
    tone: str = "rs-c1"


@dataclass(frozen=True, slots=True)
class Piece:
    """One part of a column, `y` counted from the top."""

    y: float
    height: float
    tone: str


@dataclass(frozen=True, slots=True)
class Column:
    """One column; `words` say on hover what it stands for."""

    x: float
    width: float
    label: str
    words: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class ColumnChart:
    """Stacked columns, for `columns.html`."""

    title: str
    columns: tuple[Column, ...]
    legend: tuple[tuple[str, str], ...]  # name and tone
    highest: str
    first: str
    last: str
    words: str  # for those who do not see it


@dataclass(frozen=True, slots=True)
class Curve:
    """One line of a chart, with a point wherever there is a value."""

    name: str
    tone: str
    points: str
    last: str


@dataclass(frozen=True, slots=True)
class LineChart:
    """Lines over one scale, for `lines.html`."""

    title: str
    curves: tuple[Curve, ...]
    highest: str
    lowest: str
    first: str
    last: str
    words: str


def spark(values: Sequence[float], words: str) -> Spark | None:
    """Return the curve of some values; None where one point would be all."""
    return Spark(points(values, low=0.0), words) if len(values) > 1 else None


def meter(
    value: float,
    words: str,
    *,
    low: float | None = None,
    high: float | None = None,
    whole: float = 1.0,
    tone: str = "rs-c1",
) -> Meter:
    """Return the bar of `value` of a `whole`, with its interval where it has one."""
    scale = 100 / whole if whole else 0.0
    if low is None or high is None:
        return Meter(min(value * scale, 100), words, tone=tone)
    begin, end = min(low * scale, 100), min(high * scale, 100)
    return Meter(min(value * scale, 100), words, begin, end - begin, tone)


def column_chart(
    title: str,
    labels: Sequence[str],
    series: Mapping[str, Sequence[float]],
    tones: Sequence[str],
    *,
    write: Callable[[float], str] = "{:,.0f}".format,
) -> ColumnChart | None:
    """Stack the series over their labels, the first one at the bottom; None where all is 0."""
    totals = [sum(values) for values in zip(*series.values(), strict=True)]
    highest = max(totals, default=0.0)
    if not highest:
        return None
    place = WIDTH / len(labels)
    columns = tuple(
        Column(
            x=round(place * (n + GAP / 2), 3),
            width=round(place * (1 - GAP), 3),
            label=label,
            words=_column_words(label, totals[n], series, n, write),
            pieces=_pieces([values[n] for values in series.values()], tones, highest),
        )
        for n, label in enumerate(labels)
    )
    shown = [(name, tone) for name, tone in zip(series, tones, strict=False) if any(series[name])]
    words = f"{title}: {write(sum(totals))} from {labels[0]} to {labels[-1]}"
    words += f", {write(highest)} at most in one column"
    return ColumnChart(title, columns, tuple(shown), write(highest), labels[0], labels[-1], words)


def _column_words(
    label: str,
    total: float,
    series: Mapping[str, Sequence[float]],
    n: int,
    write: Callable[[float], str],
) -> str:
    parts = [f"{name} {write(values[n])}" for name, values in series.items() if values[n]]
    return "\n".join([f"{label}: {write(total)}", *(parts if len(series) > 1 else [])])


def _pieces(values: Sequence[float], tones: Sequence[str], highest: float) -> tuple[Piece, ...]:
    found, top = [], HEIGHT
    for value, tone in zip(values, tones, strict=False):
        height = HEIGHT * value / highest
        top -= height
        if value:
            found.append(Piece(round(top, 3), round(height, 3), tone))
    return tuple(found)


def line_chart(
    title: str,
    labels: Sequence[str],
    series: Mapping[str, Sequence[float | None]],
    tones: Sequence[str],
    *,
    write: Callable[[float], str],
    low: float | None = 0.0,
) -> LineChart | None:
    """Draw the series over their labels; None where fewer than two labels have a value.

    Args:
        low: lower end of the scale; None for the lowest value.
    """
    known = [value for values in series.values() for value in values if value is not None]
    if len({n for values in series.values() for n, v in enumerate(values) if v is not None}) < 2:
        return None
    bottom, highest = min(known) if low is None else low, max(known)
    curves = tuple(
        Curve(name, tone, points(values, low=bottom, high=highest), write(given[-1]))
        for (name, values), tone in zip(series.items(), tones, strict=False)
        if (given := [value for value in values if value is not None])
    )
    latest = ", ".join(f"{curve.name} {curve.last}" for curve in curves)
    words = f"{title} from {labels[0]} to {labels[-1]}. Latest: {latest}"
    return LineChart(title, curves, write(highest), write(bottom), labels[0], labels[-1], words)


def points(
    values: Sequence[float | None], *, low: float | None = None, high: float | None = None
) -> str:
    """Return "x,y x,y …" of the values there are, scaled to WIDTH x HEIGHT."""
    known = [value for value in values if value is not None]
    bottom = min(known) if low is None else low
    extent = ((max(known) if high is None else high) - bottom) or 1.0
    step = WIDTH / max(len(values) - 1, 1)
    return " ".join(
        f"{n * step:.2f},{HEIGHT - HEIGHT * (value - bottom) / extent:.2f}"
        for n, value in enumerate(values)
        if value is not None
    )
