"""Training curves as charts: one network's losses beside its validation NDCG."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from catalog.admin.charts import LineChart, line_chart
from fusion.admin.modalities import modality_label

NETWORKS = {"sequence": "Behaviour: the order of events", "early_fusion": "Early fusion"}
PHASES = {"measured": "for the report", "served": "for serving"}
TONES = {"measured": "rs-c1", "served": "rs-c4"}
QUANTITIES = {
    "loss": ("Loss", "What the training minimises; only its fall says something."),
    "ndcg": ("NDCG@10 on validation", "Shoppers kept from training; the best epoch is taken."),
}
Points = Sequence[Sequence[float]]  # (epoch, value)


@dataclass(frozen=True, slots=True)
class Plot:
    """One quantity of one network; `chart` is None while there is one epoch only."""

    title: str
    definition: str
    chart: LineChart | None
    latest: str


@dataclass(frozen=True, slots=True)
class NetworkPlots:
    """What one network's training looked like."""

    title: str
    plots: list[Plot]


def network_plots(curves: Mapping[str, Points]) -> list[NetworkPlots]:
    """Return the plots of `{"measured: text.loss": [[epoch, value], …]}`, network by network."""
    found: dict[str, dict[str, dict[str, Points]]] = {}
    for name, points in curves.items():
        stage, _, quantity = name.rpartition(".")
        phase, _, network = stage.rpartition(": ")
        if points:
            found.setdefault(network, {}).setdefault(quantity, {})[phase] = points
    return [
        NetworkPlots(
            NETWORKS.get(network) or modality_label(network),
            [_plot(quantity, phases) for quantity, phases in sorted(quantities.items())],
        )
        for network, quantities in found.items()
    ]


def _plot(quantity: str, phases: Mapping[str, Points]) -> Plot:
    title, definition = QUANTITIES.get(quantity, (quantity, ""))
    epochs = range(1, max(int(points[-1][0]) for points in phases.values()) + 1)
    series = {
        PHASES.get(phase, phase): _by_epoch(points, epochs) for phase, points in phases.items()
    }
    tones = [TONES.get(phase, "rs-c1") for phase in phases]
    labels = [f"epoch {epoch}" for epoch in epochs]
    chart = line_chart(title, labels, series, tones, write="{:.4f}".format, low=None)
    epoch, value = list(phases.values())[-1][-1]
    return Plot(title, definition, chart, f"{value:.4f} after epoch {epoch:.0f}")


def _by_epoch(points: Points, epochs: Sequence[int]) -> list[float | None]:
    known = {int(epoch): value for epoch, value in points}
    return [known.get(epoch) for epoch in epochs]
