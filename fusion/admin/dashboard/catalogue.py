"""How much of the catalogue the model can read, and how much of it shoppers get to see."""

from dataclasses import dataclass
from datetime import datetime

from catalog.admin.charts import Meter, meter
from catalog.admin.numbers import percent
from fusion.admin.dashboard.period import Window
from fusion.admin.modalities import modality_label
from fusion.aggregates.catalogue_counts import money_unit, readable_name, shown_name
from fusion.features import store
from fusion.models import CatalogueCount

TONES = {"text": "rs-c3", "image": "rs-c4"}  # the colours of the branches


@dataclass(frozen=True, slots=True)
class Share:
    """A counted part of the catalogue: counted, not sampled, so it has no interval."""

    label: str
    definition: str
    part: int
    whole: int
    tone: str

    @property
    def value(self) -> str:
        """The share in words."""
        return percent(self.part / self.whole) if self.whole else "-"

    @property
    def detail(self) -> str:
        """The two numbers."""
        return f"{self.part:,} of {self.whole:,}"

    @property
    def meter(self) -> Meter:
        """The share as a bar."""
        return meter(self.part, f"{self.label}: {self.detail}", whole=self.whole, tone=self.tone)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The last count; `money_unit` says what amounts are in."""

    coverage: Share
    modalities: list[Share]
    counted_at: datetime
    money_unit: str


def catalogue(window: Window) -> Catalogue | None:
    """Return what the last count of the catalogue says; None before the first one."""
    row = CatalogueCount.objects.first()
    if row is None:
        return None
    coverage = Share(
        "Shown to shoppers",
        f"Share of the products that may be shown that were part of a kept answer within the last "
        f"{window.period.label}.",
        row.counts.get(shown_name(window.period.days), 0),
        row.counts.get("available", 0),
        "rs-c1",
    )
    modalities = [_modality(name, row) for name in store.modality_names()]
    return Catalogue(coverage, modalities, row.counted_at, money_unit(row.counts))


def _modality(name: str, row: CatalogueCount) -> Share:
    label = modality_label(name)
    return Share(
        f"With {label.lower()}",
        f"Share of described products whose {label.lower()} the model can read.",
        row.counts.get(readable_name(name), 0),
        row.counts.get("described", 0),
        TONES.get(name, "rs-c6"),
    )
