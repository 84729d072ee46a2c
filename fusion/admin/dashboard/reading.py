"""All figures of a period, each read once for the tiles, the panels and the file."""

from dataclasses import dataclass

from fusion.admin.dashboard.catalogue import Catalogue, catalogue
from fusion.admin.dashboard.latency import Latency, latency
from fusion.admin.dashboard.outcomes import Outcomes, outcomes
from fusion.admin.dashboard.period import Window
from fusion.admin.dashboard.traffic import Traffic, traffic
from fusion.aggregates.answer_hours import answers_by_hour


@dataclass(frozen=True, slots=True)
class Dashboard:
    """What the page shows of a period."""

    traffic: Traffic
    latency: Latency
    outcomes: Outcomes
    catalogue: Catalogue | None

    @property
    def money_unit(self) -> str:
        """What amounts are in; "" where no product says so."""
        return self.catalogue.money_unit if self.catalogue else ""


def read_dashboard(window: Window) -> Dashboard:
    """Read the figures: as many queries for a million answers as for one."""
    hours = answers_by_hour(window.before, now=window.now)
    return Dashboard(
        traffic(window, hours), latency(window, hours), outcomes(window), catalogue(window)
    )
