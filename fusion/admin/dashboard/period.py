"""How far back the dashboard looks, and the columns its charts have."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from fusion.aggregates.answer_hours import Counts, hour_of

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Period:
    """A choice of the page: `num_slots` columns of `slot` each, whole hours."""

    name: str
    label: str
    num_slots: int
    slot: timedelta
    days: int  # what the counts of the catalogue call it


PERIODS = {
    each.name: each
    for each in (
        Period("24h", "24 hours", 24, HOUR, 1),
        Period("7d", "7 days", 28, 6 * HOUR, 7),
        Period("30d", "30 days", 30, 24 * HOUR, 30),
    )
}
DEFAULT = PERIODS["7d"]


@dataclass(frozen=True, slots=True)
class Window:
    """A period that ends now; its last slot is not over yet."""

    period: Period
    now: datetime

    @property
    def since(self) -> datetime:
        """Begin of the first slot."""
        slots = self.period.num_slots - 1
        return _slot_of(self.now, self.period.slot) - slots * self.period.slot

    @property
    def before(self) -> datetime:
        """Begin of the time that this period is compared with: as long as this one until now."""
        return self.since - (hour_of(self.now) + HOUR - self.since)

    @property
    def first_day(self) -> date:
        """First day of figures that are kept by day."""
        return self.since.date()

    @property
    def slots(self) -> list[datetime]:
        """Begins of all slots, oldest first."""
        return [self.since + n * self.period.slot for n in range(self.period.num_slots)]

    @property
    def labels(self) -> list[str]:
        """The slots in words."""
        is_whole_day = self.period.slot >= 24 * HOUR
        form = "{0:%a} {0.day} {0:%b}" if is_whole_day else "{0:%a} {0.day} {0:%b}, {0:%H:%M}"
        return [form.format(each) for each in self.slots]

    def by_slot(self, hours: Mapping[datetime, Counts]) -> list[Counts]:
        """Add up hours into slots."""
        found = [Counts() for _ in range(self.period.num_slots)]
        for hour, counts in hours.items():
            if hour >= self.since:
                place = (hour - self.since) // self.period.slot
                found[min(place, self.period.num_slots - 1)].update(counts)
        return found

    def sum_before(self, hours: Mapping[datetime, Counts]) -> Counts:
        """Add up the hours of the time before."""
        found = Counts()
        for hour, counts in hours.items():
            if self.before <= hour < self.since:
                found.update(counts)
        return found


def chosen_period(name: str | None) -> Period:
    """Return the period somebody asked for; the usual one for any other word."""
    return PERIODS.get(name or "", DEFAULT)


def _slot_of(moment: datetime, slot: timedelta) -> datetime:
    begin = datetime(1970, 1, 1, tzinfo=UTC)
    return begin + (moment - begin) // slot * slot
