"""What Prometheus sees of keys."""

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from catalog.redis_link import RedisDownError, redis_link
from users.rate_limit import REFUSALS_KEY


class RateLimitCollector(Collector):
    """Calls refused because a key had none left; nothing while Redis is down."""

    def collect(self) -> Iterator[Metric]:
        """Read the counts of all processes."""
        refused = CounterMetricFamily(
            "recsys_rate_limited", "Calls over a key's limit", None, ["key"]
        )
        try:
            [flat] = redis_link().run(("HGETALL", REFUSALS_KEY))
        except RedisDownError:
            return
        for name, count in zip(flat[::2], flat[1::2], strict=True):
            refused.add_metric([name.decode()], int(count))
        yield refused
