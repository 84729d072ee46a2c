"""Counts of answers for /metrics, kept in Redis: all web processes of all machines add up."""

from bisect import bisect_left
from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from catalog.redis_link import Command, RedisDownError, redis_link
from fusion.serving import keys
from fusion.serving.results import Recommendation

# Fine enough for percentiles: neighbours differ by half at most, where answers mostly fall.
BUCKETS_MS = (1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 75, 100, 150, 250, 500, 1000)
BUCKET_NAMES = (*(str(bound / 1000) for bound in BUCKETS_MS), "+Inf")


def count_commands(answer: Recommendation) -> Iterator[Command]:
    """Give the commands that count one answer."""
    names = (answer.scenario, answer.fallback.level, answer.fallback.reason)
    bucket = BUCKET_NAMES[bisect_left(BUCKETS_MS, answer.took_ms)]
    microseconds = int(answer.took_ms * 1000)
    yield "HINCRBY", keys.ANSWER_COUNTS, "answers|" + "|".join(names), 1
    yield "HINCRBY", keys.ANSWER_COUNTS, f"bucket|{bucket}", 1
    yield "HINCRBY", keys.ANSWER_COUNTS, "microseconds", microseconds


def read_counts() -> dict[str, int]:
    """Return all counters by name, as they grew since Redis started; raises RedisDownError."""
    return _by_name(redis_link().run(("HGETALL", keys.ANSWER_COUNTS))[0])


def _by_name(flat: list[bytes]) -> dict[str, int]:
    return {name.decode(): int(n) for name, n in zip(flat[::2], flat[1::2], strict=True)}


class ServingCollector(Collector):
    """What Prometheus sees of serving; nothing but `recsys_redis_up 0` while Redis is down."""

    def collect(self) -> Iterator[Metric]:
        """Read all figures in one round trip."""
        up = GaugeMetricFamily("recsys_redis_up", "Whether Redis answers")
        try:
            flat, length, pending = redis_link().run(
                ("HGETALL", keys.ANSWER_COUNTS),
                ("LLEN", keys.REQUESTS),
                ("XLEN", keys.SERVED_LISTS),
            )
        except RedisDownError:
            up.add_metric([], 0)
            yield up
            return
        up.add_metric([], 1)
        yield up
        counts = _by_name(flat)
        yield _answers(counts)
        yield _seconds(counts)
        yield _gauge("recsys_serve_queue_length", "Requests that wait for a worker", length)
        yield _gauge("recsys_served_lists_pending", "Answers not yet in the database", pending)


def _gauge(name: str, text: str, value: float) -> Metric:
    gauge = GaugeMetricFamily(name, text)
    gauge.add_metric([], value)
    return gauge


def _answers(counts: dict[str, int]) -> Metric:
    labels = ["scenario", "level", "reason"]
    answers = CounterMetricFamily(
        "recsys_answers", "Answers by the step they came from", None, labels
    )
    for name, count in counts.items():
        kind, *values = name.split("|")
        if kind == "answers":
            answers.add_metric(values, count)
    return answers


def _seconds(counts: dict[str, int]) -> Metric:
    total, buckets = 0, []
    for name in BUCKET_NAMES:
        total += counts.get(f"bucket|{name}", 0)
        buckets.append((name, total))
    seconds = HistogramMetricFamily("recsys_answer_seconds", "Time to an answer")
    seconds.add_metric([], buckets, counts.get("microseconds", 0) / 1e6)
    return seconds
