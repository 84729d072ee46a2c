from collections.abc import Iterator, Mapping
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.table import Table

from fusion.models import ModelVersion

METRICS = ("ndcg@10", "recall@10", "recall@20", "mrr")
SHARES = ("coverage@20", "gini@20", "novelty@20")


class Command(BaseCommand):
    """`manage.py evaluate_model`."""

    help = "Show what was measured of a model version when it was trained."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "version_id", type=int, nargs="?", metavar="VERSION", help="default: the newest"
        )

    def handle(self, *_: Any, version_id: int | None, **__: Any) -> None:
        versions = ModelVersion.objects.order_by("-id")
        chosen = versions if version_id is None else versions.filter(pk=version_id)
        version = chosen.first()
        if version is None:
            raise CommandError("There is no such version. Train one: manage.py train_model --wait")
        console = Console()
        for part in _report(version):
            console.print(part)


def _report(version: ModelVersion) -> Iterator[Table | str]:
    report = version.report
    yield f"[bold]{version}[/], trained on what happened before {version.cutoff:%Y-%m-%d %H:%M} UTC"
    yield f"{report['protocol']}; {report['shoppers']:,} shoppers, {report['items']:,} products"
    yield _contestants(report["contestants"])
    yield _differences(report["against"])
    yield _slices(report["slices"])
    yield f"Gate: [bold]{version.gate_outcome or 'none'}[/]. {version.gate_reason}"


def _contestants(contestants: Mapping[str, Any]) -> Table:
    table = Table("contestant", *METRICS, *SHARES, title="Mean with 95 % interval")
    for name, measured in contestants.items():
        means = [_interval(measured[metric]) for metric in METRICS if metric in measured]
        shares = [f"{measured[share]:.3f}" for share in SHARES if share in measured]
        table.add_row(name, *means, *shares)
    return table


def _differences(against: Mapping[str, Any]) -> Table:
    table = Table("late fusion minus", "NDCG@10", title="Paired, same shoppers")
    for name, difference in against.items():
        table.add_row(name, _interval(difference, sign="+"))
    return table


def _slices(slices: Mapping[str, Any]) -> Table:
    names = sorted({name for each in slices.values() for name in each["ndcg@10"]})
    table = Table("NDCG@10 of", "shoppers", *names, title="Slices")
    for title, each in slices.items():
        values = [f"{each['ndcg@10'][name]:.4f}" for name in names if name in each["ndcg@10"]]
        table.add_row(title, f"{each['shoppers']:,}", *values)
    return table


def _interval(interval: Mapping[str, float], *, sign: str = "") -> str:
    mean, low, high = (f"{interval[key]:{sign}.4f}" for key in ("mean", "low", "high"))
    return f"{mean} [{low}, {high}]"
