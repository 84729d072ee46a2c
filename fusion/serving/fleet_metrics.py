"""The serve workers in figures for Prometheus."""

from collections.abc import Callable, Iterator, Sequence

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from catalog.redis_link import RedisDownError, redis_link
from fusion.serving import keys
from fusion.serving.fleet import LivingWorker, living_workers

FIGURES: tuple[tuple[str, str, Callable[[LivingWorker], float]], ...] = (
    ("recsys_model_version", "The loaded version, 0 if none", lambda w: w.said.version_id or 0),
    ("recsys_serve_worker_age_seconds", "Since the last sign of life", lambda w: w.age_s),
    ("recsys_serve_worker_busy", "Share of the time spent answering", lambda w: w.said.busy),
    ("recsys_serve_worker_requests", "Requests a second", lambda w: w.said.requests_per_s),
    (
        "recsys_serve_worker_problem",
        "The active version is not loaded",
        lambda w: bool(w.said.problem),
    ),
)


class FleetCollector(Collector):
    """What Prometheus sees of the serve workers; nothing while Redis is down."""

    def collect(self) -> Iterator[Metric]:
        """Read the signs of life of all workers."""
        try:
            workers = living_workers(redis_link())
            background, precomputed = redis_link().run(
                ("LLEN", keys.BACKGROUND), ("GET", keys.PRECOMPUTED)
            )
        except RedisDownError:
            return
        up = GaugeMetricFamily("recsys_serve_workers", "Serve workers that are there")
        up.add_metric([], len(workers))
        yield up
        waiting = GaugeMetricFamily("recsys_precompute_queue_length", "Lists that wait for a lull")
        waiting.add_metric([], background)
        yield waiting
        refreshed = CounterMetricFamily("recsys_precomputed_lists", "Lists refreshed before asked")
        refreshed.add_metric([], int(precomputed or 0))
        yield refreshed
        for name, text, figure in FIGURES:
            yield _by_worker(name, text, workers, figure)


def _by_worker(
    name: str, text: str, workers: Sequence[LivingWorker], figure: Callable[[LivingWorker], float]
) -> Metric:
    gauge = GaugeMetricFamily(name, text, labels=["worker"])
    for worker in workers:
        gauge.add_metric([worker.said.worker], figure(worker))
    return gauge
