"""`python -m demo.generate FOLDER --seed 7`: write the simulated shop to a folder."""

import argparse
import json
import time
from datetime import UTC, datetime
from pathlib import Path

from demo.generator import generate


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Write a simulated shop to a folder.")
    parser.add_argument("folder", type=Path, help="where to write; made when missing")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--products", type=int, default=600)
    parser.add_argument("--shoppers", type=int, default=800)
    parser.add_argument("--now", type=_moment, help="where the events end; last midnight UTC")
    return parser.parse_args()


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def main() -> None:
    """Generate, and say what was written."""
    chosen = _arguments()
    print(f"Drawing {chosen.products} products …", flush=True)  # noqa: T201
    started = time.monotonic()
    generate(
        chosen.folder,
        seed=chosen.seed,
        num_products=chosen.products,
        num_shoppers=chosen.shoppers,
        now=chosen.now,
    )
    about = json.loads((chosen.folder / "about.json").read_text(encoding="utf-8"))
    print(  # noqa: T201
        f"{about['num_products']} products, {about['num_pictures']} pictures, "
        f"{about['num_shoppers']} shoppers and {about['num_events']} events "
        f"in {chosen.folder} after {time.monotonic() - started:.1f} s"
    )


if __name__ == "__main__":
    main()
