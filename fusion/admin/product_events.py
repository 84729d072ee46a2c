"""What happened to a product, day by day."""

from datetime import datetime, timedelta

from django.db.models import CharField, Count
from django.db.models.functions import Cast, Left

from catalog.admin.charts import ColumnChart, column_chart
from catalog.models import Product
from users.models import Event, EventKind

DAYS = 90
TONES = {
    EventKind.VIEW: "rs-c6",
    EventKind.CART: "rs-c2",
    EventKind.LIKE: "rs-c5",
    EventKind.RATING: "rs-c4",
    EventKind.PURCHASE: "rs-c1",
    EventKind.REMOVE: "rs-poor",
}


def daily_events(product: Product, *, now: datetime) -> tuple[ColumnChart | None, dict[str, int]]:
    """Return the chart of the last DAYS days and the totals by kind, in one query.

    The chart is None where nothing happened.
    """
    days = [(now - timedelta(days=back)).date() for back in range(DAYS - 1, -1, -1)]
    events = Event.objects.filter(product=product, occurred_at__gte=now - timedelta(days=DAYS - 1))
    # Times are written in UTC. SQLite would call Python for each row of a TruncDate.
    written = Left(Cast("occurred_at", CharField()), 10)
    grouped = events.order_by().values_list(written, "kind").annotate(Count("pk"))
    counts = {(day, kind): count for day, kind, count in grouped}
    series = {kind: [counts.get((str(day), kind), 0) for day in days] for kind in TONES}
    chart = column_chart(
        "Events",
        [f"{day:%-d %b}" for day in days],
        {EventKind(kind).label: values for kind, values in series.items()},
        list(TONES.values()),
    )
    totals = {EventKind(kind).label: sum(values) for kind, values in series.items() if any(values)}
    return chart, totals
