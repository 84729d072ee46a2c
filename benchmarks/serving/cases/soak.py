"""Memory under steady load: it must stop growing."""

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from statistics import median

from benchmarks.processes import memory_mib
from benchmarks.serving.caller import Caller
from benchmarks.serving.plan import HOT, MODEL, Kind, Plan, drive
from benchmarks.serving.report import Figures, Found, Sizes, at_most
from benchmarks.stack import SHOPPERS, Shop

TRENDING = Kind("trending", "/api/v1/trending?limit=20", "trending", 0.1)
MIX = (replace(HOT, share=0.6), replace(MODEL, share=0.3), TRENDING)
RATE, EVENT_EVERY_S, SAMPLE_EVERY_S = 50.0, 0.5, 5.0
MOST_GROWTH = 0.03  # of its memory half-way
PARTS = ("web", "serve", "content", "beat")


def soak(shop: Shop, sizes: Sizes) -> Found:
    """Ask and send events for minutes; sample every process."""
    seconds = 60 * sizes.soak_minutes
    with shop.background(), ThreadPoolExecutor(2) as pool:
        load = pool.submit(drive, shop, Plan(MIX, seconds, rate=RATE))
        events = pool.submit(_send_events, shop, seconds)
        samples = _sampled(shop, seconds)
        figures = {**load.result(), "events": events.result(), "rate": RATE, "seconds": seconds}
    memory = {name: _memory([each[name] for each in samples]) for name in samples[0]}
    checks = [
        at_most(
            f"soak of {sizes.soak_minutes:g} min: growth of {name}'s memory in the last half",
            memory[name]["growth_of_last_half"],
            MOST_GROWTH,
        )
        for name in PARTS
    ]
    return Found({**figures, "memory_mib": memory, "samples": samples}, checks)


def _send_events(shop: Shop, seconds: float) -> int:
    caller, give_up_at, number = Caller(shop), time.monotonic() + seconds, 0
    while time.monotonic() < give_up_at:
        product_id = f"p{number * 7919 % shop.products:07}"
        view = {"user_id": f"u{number % SHOPPERS}", "product_id": product_id, "kind": "view"}
        caller.call("POST", "events", {"events": [view]})
        number += 1
        time.sleep(EVENT_EVERY_S)
    return number


def _sampled(shop: Shop, seconds: float) -> list[Mapping[str, float]]:
    """Return MiB by process, sample by sample."""
    samples: list[Mapping[str, float]] = []
    started = time.monotonic()
    while time.monotonic() < started + seconds:
        pids = shop.pids()
        samples.append({name: round(memory_mib(pid), 1) for name, pid in pids.items()})
        time.sleep(min(SAMPLE_EVERY_S, seconds / 20))
    return samples


def _memory(mib: Sequence[float]) -> Figures:
    """Compare the tenth of the samples after half of the time with the last tenth."""
    half, tenth = len(mib) // 2, max(len(mib) // 10, 1)
    before, after = median(mib[half : half + tenth]), median(mib[-tenth:])
    return {
        "first": mib[0],
        "half_way": before,
        "last": after,
        "highest": max(mib),
        "growth_of_last_half": round(after / before - 1, 4),
    }
