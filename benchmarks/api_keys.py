"""What the key costs each call: `python -m benchmarks.api_keys`; needs Redis at REDIS_URL.

Prints JSON: microseconds per call on the clock and of this process's CPU, the medians of several
rounds. `ping` is a bare command on the same connection: what the limit costs more is its own.
"""

import json
import os
import statistics
import sys
import time
from collections.abc import Callable

CALLS, ROUNDS = 2_000, 7
MOST_OURS = 60.0


def _microseconds(call: Callable[[], object]) -> dict[str, float]:
    clock, cpu = [], []
    for _ in range(ROUNDS):
        started_at, used = time.perf_counter(), time.process_time()
        for _ in range(CALLS):
            call()
        clock.append((time.perf_counter() - started_at) / CALLS * 1e6)
        cpu.append((time.process_time() - used) / CALLS * 1e6)
    return {"clock": round(statistics.median(clock), 1), "cpu": round(statistics.median(cpu), 1)}


def main() -> None:
    """Measure and print."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "recsys.settings")
    import django

    django.setup()
    from django.utils import timezone

    from benchmarks.environment import environment
    from catalog.redis_link import redis_link
    from users.api_keys import hash_key, known_keys, note_use, refusal
    from users.models import ApiKey
    from users.rate_limit import counter

    secret = "sk_" + "x" * 43
    row = ApiKey(pk=0, kind="secret", requests_per_minute=10**9, last_used_at=timezone.now())
    known_keys._rows[hash_key(secret)] = float("inf"), row

    def know_key() -> None:
        key_hash, now = hash_key(secret), timezone.now()
        found = known_keys.find(key_hash)
        assert found is row
        assert not refusal(row, key_hash, now=now)
        note_use(row, now=now)

    def ping() -> None:
        redis_link().run(("PING",))

    ping()
    result = {
        "key": _microseconds(know_key),
        "limit": _microseconds(lambda: counter.count(row, now=time.time())),
        "ping": _microseconds(ping),
    }
    ours = result["key"]["cpu"] + result["limit"]["cpu"] - result["ping"]["cpu"]
    holds = ours <= MOST_OURS
    check = {"name": "cpu beside the round trip", "value": round(ours, 1), "bar": MOST_OURS}
    body = {**environment(), "calls": CALLS, "rounds": ROUNDS, "microseconds": result}
    print(json.dumps({**body, "checks": [{**check, "holds": holds}]}, indent=2))
    sys.exit(0 if holds else 1)


if __name__ == "__main__":
    main()
