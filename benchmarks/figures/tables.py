"""The tables of the documentation, as Markdown between markers."""

import re
from collections.abc import Callable, Sequence

from benchmarks.figures.reports import (
    COLD,
    EARLY,
    LONG,
    OURS,
    PLAIN,
    Interval,
    Report,
    label,
    removal_label,
)

MARKED = re.compile(
    r"(<!-- table: (?P<name>[^>]+?) -->\n)(?:(?!<!-- ).)*(<!-- end of table -->)", re.DOTALL
)


def tables(reports: Sequence[Report]) -> dict[str, str]:
    """Return all tables these reports give, by the name in their marker."""
    found = {}
    for report in reports:
        name = f"{report.data} {report.split}"
        found[f"contestants {name}"] = _cold(report) if report.split == "cold" else _loo(report)
        if report.removals:
            found[f"removals {name}"] = _removals(report)
    return found


def refreshed(document: str, found: dict[str, str]) -> str:
    """Return the document with each table known in the place of its old text."""

    def replaced(match: re.Match[str]) -> str:
        table = found.get(match["name"])
        return match[0] if table is None else f"{match[1]}{table}\n{match[3]}"

    return MARKED.sub(replaced, document)


def _loo(report: Report) -> str:
    """Return one row per contestant, best first."""
    deeper = "recall@10" if report.split == "given" else "recall@20"
    columns: dict[str, Callable[[str], str]] = {
        "contestant": lambda name: _emphasised(name, label(name)),
        "NDCG@10 [95 %]": lambda name: _with_ends(report.interval(name)),
        deeper.replace("recall", "Recall"): lambda n: f"{report.interval(n, deeper).mean:.4f}",
    }
    if report.split == "loo":
        for title, part in (("5 or more", LONG), ("cold items", COLD)):
            columns |= _slice(report, title, part)
    if OURS in report.tested:
        columns["ours minus it [95 %]"] = lambda name: _signed(report.ours_minus(name))
    return _table(columns, report.names)


def _slice(report: Report, title: str, part: str) -> dict[str, Callable[[str], str]]:
    """Return the column of one slice, if the test has it."""
    if report.sliced(part, report.names[0]) is None:
        return {}
    return {f"NDCG@10, {title}": lambda name: _short(report.sliced(part, name))}


def _cold(report: Report) -> str:
    """Return one row per contestant, new items among all and among themselves."""
    columns: dict[str, Callable[[str], str]] = {
        "contestant": lambda name: _emphasised(name, label(name)),
        "NDCG@10 among all [95 %]": lambda name: _with_ends(report.interval(name)),
        "NDCG@10 among new items only [95 %]": lambda name: _with_ends(report.arrivals(name)),
        "ours minus it, among all [95 %]": lambda name: _signed(report.ours_minus(name)),
    }
    return _table(columns, report.names)


def _removals(report: Report) -> str:
    """Return one row per removal: the fusions, and the best branch that is left."""

    def mean(name: str) -> Callable[[str], str]:
        return lambda row: _short(_under(report, row).get(name))

    columns: dict[str, Callable[[str], str]] = {
        "at serving time": lambda row: removal_label(row) if row else "everything there",
        label(EARLY): mean(EARLY),
        label(PLAIN): mean(PLAIN),
        f"**{label(OURS)}**": mean(OURS),
        "best branch left, alone": lambda row: _best_branch(report, row),
        "ours minus that branch [95 %]": lambda row: _signed(_ahead(report, row)),
    }
    return _table(columns, ["", *report.removals])


def _under(report: Report, removal: str) -> dict[str, float]:
    """Return NDCG@10 by contestant; the whole test where nothing is removed."""
    if removal:
        found: dict[str, float] = report.removals[removal]["ndcg@10"]
        return found
    return {name: report.interval(name).mean for name in report.tested}


def _best_branch(report: Report, removal: str) -> str:
    """Return the branch that is best without the others, and its NDCG@10."""
    name = report.removals[removal]["best_branch"] if removal else report.best_branch
    return f"{_under(report, removal)[name]:.4f} ({name.removesuffix('_branch')})"


def _ahead(report: Report, removal: str) -> Interval | None:
    """Return how far ours is ahead of the best branch left."""
    if removal:
        return Interval.of(report.removals[removal]["late_fusion_minus_best_branch"])
    return report.ours_minus(report.best_branch)


def _table(columns: dict[str, Callable[[str], str]], rows: Sequence[str]) -> str:
    """Return a Markdown table."""
    lines = [list(columns), ["---"] * len(columns)]
    lines += [[cell(row) for cell in columns.values()] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _emphasised(name: str, text: str) -> str:
    return f"**{text}**" if name == OURS else text


def _short(value: float | None) -> str:
    return "not measured" if value is None else f"{value:.4f}"


def _with_ends(value: Interval) -> str:
    return f"{value.mean:.4f} [{value.low:.4f}, {value.high:.4f}]"


def _signed(value: Interval | None) -> str:
    return "" if value is None else f"{value.mean:+.4f} [{value.low:+.4f}, {value.high:+.4f}]"
