"""What it costs to find the best 100 of many products: exactly, and with a vector index.

`python -m benchmarks.retrieval [--items 1e4 1e6] [--dims 192] [--device cpu|cuda] [--json FILE]`
measures latency for 1 and 64 queries at once, recall@100, the seconds it takes to build and to
change an index, and memory. On a GPU it compares exact scoring in bfloat16 with the speed at which
the device copies memory. It ends with checks; the exit status says whether all hold.
"""

import argparse
import json
import math
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from benchmarks.environment import environment
from fusion.retrieval.clusters import Clusters

K = 100
BATCHES = (1, 64)
QUERIES = 256
PER_CENTRE = 250  # products around one centre, on average
SPREAD, NEARNESS = 1.0, 0.5  # length of the noise around a centre, and of a query around its item
CHANGED = 2_000
CHUNK = 100_000
HOW_MADE = (
    "unit vectors: Gaussian centres, one per 250 items, of Pareto(1.5) sizes, each item its centre "
    "plus Gaussian noise of length 1; queries are random items plus noise of length 0.5"
)
Figures = dict[str, Any]
Search = Callable[[Tensor], Tensor]  # (B, W) to (B, K) rows


def main() -> None:
    """Run, print, and write the JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=lambda text: int(float(text)), nargs="+")
    parser.add_argument("--dims", type=int, default=192)
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    measure = on_cpu if options.device == "cpu" else on_gpu
    sizes = options.items or (
        [10_000, 100_000, 1_000_000] if options.device == "cpu" else GPU_SIZES
    )
    with torch.inference_mode():
        found = [measure(size, options.dims) for size in sizes]
    checks = [check for figures in found for check in figures.pop("checks")]
    facts = {"device": options.device, "threads": torch.get_num_threads(), "vectors": HOW_MADE}
    text = json.dumps(
        {"environment": environment(), **facts, "sizes": found, "checks": checks}, indent=2
    )
    print(text)
    if options.json:
        options.json.write_text(text)
    raise SystemExit(not all(check["holds"] for check in checks))


def on_cpu(num_items: int, dims: int) -> Figures:
    """Compare the full pass with clusters of vectors.

    Returns:
        Figures of both, and the check, which is about a million products and more.
    """
    items, queries = make_vectors(num_items, dims)
    exact, truth = _in_full(items, queries)
    index, building = _built(items)

    def search(asked: Tensor) -> Tensor:
        """Score again what the index names: it keeps vectors as bytes."""
        rows = index.search(asked, 2 * K) - 1
        scores = torch.einsum("bkd,bd->bk", items[rows.clamp(min=0)], asked)
        best = scores.masked_fill(rows < 0, float("-inf")).topk(K, dim=1).indices
        return rows.gather(1, best)

    approximate = _timed(search, queries) | building
    approximate["recall@100"] = round(_recall(search(queries), truth), 4)
    approximate["change_2000_ms"] = _changing(index, items)
    faster = exact["batch_1"]["p50_ms"] / approximate["batch_1"]["p50_ms"]
    figures = {
        "items": num_items,
        "dims": dims,
        "exact": exact,
        "approximate": approximate,
        "times_faster": round(faster, 1),
    }
    return figures | {"checks": list(_checks_on_cpu(figures))}


def _in_full(items: Tensor, queries: Tensor) -> tuple[Figures, Tensor]:
    """Return the figures of full passes, and the (256, K) rows they find."""
    columns = items.T.contiguous()  # as the item index keeps them for full passes

    def search(asked: Tensor) -> Tensor:
        return (asked @ columns).topk(K, dim=1).indices

    figures = _timed(search, queries) | {"memory_mb": round(columns.nbytes / 2**20)}
    return figures, torch.cat([search(some) for some in queries.split(BATCHES[-1])])


def _checks_on_cpu(figures: Figures) -> Iterator[Figures]:
    """Give the checks: how much faster only from a million products on."""
    size = f"{figures['items']:,} x {figures['dims']}"
    recall, faster = figures["approximate"]["recall@100"], figures["times_faster"]
    yield _check(f"{size}: recall@100", recall, 0.95)
    if figures["items"] >= 1_000_000:
        yield _check(f"{size}: approximate over exact, one query", faster, 10.0)


def make_vectors(num_items: int, dims: int) -> tuple[Tensor, Tensor]:
    """Return (N, W) items and (256, W) queries; see HOW_MADE."""
    rng = np.random.default_rng(7)
    generator = torch.Generator().manual_seed(7)
    num_centres = max(num_items // PER_CENTRE, 1)
    centres = F.normalize(torch.randn(num_centres, dims, generator=generator), dim=1)
    sizes = rng.pareto(1.5, num_centres) + 1
    of = torch.from_numpy(rng.choice(num_centres, num_items, p=sizes / sizes.sum()))
    items = torch.empty(num_items, dims)
    for some in torch.arange(num_items).split(CHUNK):
        noise = torch.randn(len(some), dims, generator=generator) * (SPREAD / math.sqrt(dims))
        items[some] = F.normalize(centres[of[some]] + noise, dim=1)
    chosen = torch.from_numpy(rng.integers(0, num_items, QUERIES))
    noise = torch.randn(QUERIES, dims, generator=generator) * (NEARNESS / math.sqrt(dims))
    return items, F.normalize(items[chosen] + noise, dim=1)


def _built(items: Tensor) -> tuple[Clusters, Figures]:
    keys = torch.arange(1, len(items) + 1)
    before, started, cpu = _resident_mb(), time.perf_counter(), time.process_time()
    index = Clusters(keys, items)
    return index, {
        "build_s": round(time.perf_counter() - started, 1),
        "build_cpu_s": round(time.process_time() - cpu, 1),
        "memory_mb": round(_resident_mb() - before),
    }


def _changing(index: Clusters, items: Tensor) -> float:
    """Return the milliseconds it takes to give some products other vectors, in place."""
    rows = torch.arange(0, len(items), max(len(items) // CHANGED, 1))[:CHANGED]
    started = time.perf_counter()
    index.put(rows + 1, items[rows])
    return round((time.perf_counter() - started) * 1000, 1)


def _timed(search: Search, queries: Tensor) -> Figures:
    """Return the latency of one call, for several sizes of a batch."""
    return {f"batch_{size}": _latency(search, queries, size) for size in BATCHES}


def _latency(search: Search, queries: Tensor, size: int) -> Figures:
    batches = list(queries.split(size)) * (1 if size == 1 else 4)
    for batch in batches[:2]:
        search(batch)
    seconds = []
    for batch in batches:
        started = time.perf_counter()
        search(batch)
        seconds.append(time.perf_counter() - started)
    p50, p95 = (float(each) * 1000 for each in np.percentile(seconds, [50, 95]))
    return {"n": len(seconds), "p50_ms": round(p50, 3), "p95_ms": round(p95, 3)}


def _recall(found: Tensor, truth: Tensor) -> float:
    pairs = zip(found.tolist(), truth.tolist(), strict=True)
    return float(np.mean([len({*ours} & {*best}) / K for ours, best in pairs]))


def _resident_mb() -> float:
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


# --- On a GPU ---------------------------------------------------------------------------------

GPU_SIZES = [1_000_000, 10_000_000]
SHARE_OF_COPY = 0.5
COPIED_MB = 1024


def on_gpu(num_items: int, dims: int) -> Figures:
    """Score all items in bfloat16 for 64 queries, as a share of the device's copy bandwidth.

    The vectors are unit noise: what an exact pass costs does not depend on them.
    """
    generator = torch.Generator("cuda").manual_seed(7)
    items = torch.empty(num_items, dims, dtype=torch.bfloat16, device="cuda")
    for part in items.split(CHUNK * 10):
        part.normal_(generator=generator)
    queries = torch.empty(BATCHES[-1], dims, dtype=torch.bfloat16, device="cuda")
    queries.normal_(generator=generator)
    scores = torch.empty(len(queries), num_items, dtype=torch.bfloat16, device="cuda")
    copied, copies = _copying()
    scoring = _on_device(lambda: torch.mm(queries, items.T, out=scores))
    # What has to be moved: the items are read, the scores written.
    moved = items.nbytes + scores.nbytes
    share = moved / scoring / (copied / copies)
    figures: Figures = {
        "items": num_items,
        "dims": dims,
        "gpu": torch.cuda.get_device_name(),
        "batch": len(queries),
        "copy_gb_s": round(copied / copies / 1e9),
        "scoring_ms": round(scoring * 1000, 3),
        "scoring_gb_s": round(moved / scoring / 1e9),
        "with_top_100_ms": round(_on_device(lambda: scores.topk(K, dim=1)) * 1000, 3),
        "memory_mb": round(torch.cuda.max_memory_allocated() / 2**20),
    }
    name = f"{num_items:,} x {dims}, batch {len(queries)}: share of the copy bandwidth"
    return figures | {"checks": [_check(name, round(share, 3), SHARE_OF_COPY)]}


def _copying() -> tuple[int, float]:
    """Return the bytes that a copy reads and writes, and the seconds it takes."""
    source = torch.empty(COPIED_MB * 2**20, dtype=torch.uint8, device="cuda")
    target = torch.empty_like(source)
    return 2 * source.nbytes, _on_device(lambda: target.copy_(source))


def _on_device(work: Callable[[], Any], repeats: int = 20) -> float:
    """Return the median seconds of some work on the GPU, by its own clock."""
    for _ in range(3):
        work()
    seconds = []
    for _ in range(repeats):
        start, stop = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        start.record()
        work()
        stop.record()
        torch.cuda.synchronize()
        seconds.append(start.elapsed_time(stop) / 1000)
    return float(np.median(seconds))


def _check(name: str, value: float, bar: float) -> Figures:
    return {"name": name, "value": value, "bar": f">= {bar:g}", "holds": value >= bar}


if __name__ == "__main__":
    main()
