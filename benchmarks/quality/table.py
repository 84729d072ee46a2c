"""The report as text."""

from typing import Any

from benchmarks.quality.peers.ours import OURS
from benchmarks.quality.slices import LONG

WIDTH = 24


def validation_table(report: dict[str, Any]) -> str:
    """Return what validation said of every contestant; nothing here comes from the test."""
    lines = [_row("contestant", "val NDCG@10", "seconds", "MiB", "chosen")]
    for name, cost in report["fitting"].items():
        seconds = sum(cost["seconds"][part] for part in ("choosing", "refit"))
        ndcg, chosen = f"{cost['validation_ndcg@10']:.4f}", cost["chosen"]
        memory = str(cost["peak_memory_mib"])
        lines.append(_row(name, ndcg, f"{seconds:.0f}", memory, str(chosen)))
    return "\n".join(lines)


def test_table(test: dict[str, Any]) -> str:
    """Return one line per contestant, and ours against it."""
    title = "ours / it [95 %]"
    lines = [_row("contestant", "NDCG@10", "Recall@20", "MRR@20", "cover@20", title, LONG)]
    against = test.get("late_fusion_against", {})
    for name, found in test["contestants"].items():
        cells = [f"{found[measure]['mean']:.4f}" for measure in ("ndcg@10", "recall@20", "mrr@20")]
        cells.append(f"{found['coverage@20']:.3f}")
        cells += [_ratio(against.get(part, {}).get(name)) for part in ("all", LONG)]
        lines.append(_row(name, *cells))
    return "\n".join(lines)


def slice_table(slices: dict[str, Any], measure: str = "ndcg@10") -> str:
    """Return ours and the best other of every slice."""
    lines = [_row("slice", "shoppers", "ours", "best other", "")]
    for name, found in slices.items():
        scores = dict(found[measure])
        ours = scores.pop(OURS, float("nan"))
        best = max(scores, key=lambda each: float(scores[each]), default="")
        other = f"{scores[best]:.4f}" if best else ""
        lines.append(_row(name, str(found["shoppers"]), f"{ours:.4f}", other, best))
    return "\n".join(lines)


def check_lines(checks: list[dict[str, Any]]) -> str:
    """Return one line per bar."""
    return "\n".join(
        f"{'holds ' if check['holds'] else 'MISSED'}  {check['name']}: "
        f"{_value(check['value'])} (bar {check['bar']})"
        for check in checks
    )


def _ratio(pair: Any) -> str:
    """Write a ratio with its interval."""
    return _value(pair["ratio"]) if pair else ""


def _value(value: Any) -> str:
    """Write a number, or one with its interval."""
    if isinstance(value, dict):
        mean, low, high = (_value(value[key]) for key in ("mean", "low", "high"))
        return f"{mean} [{low}, {high}]"
    return f"{value:.3g}" if isinstance(value, float) and abs(value) < 1e-3 else _short(value)


def _short(value: Any) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def _row(first: str, *cells: str) -> str:
    """Write one line."""
    return f"{first:{WIDTH}s} " + "  ".join(f"{cell:>11s}" for cell in cells)
