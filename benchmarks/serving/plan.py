"""What a load generator is told, and what it tells."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.stack import RECOMMENDATIONS, SHOPPERS, Shop
from recsys.stack import StackError

FRESH, SHOPPER = "{fresh}", "{shopper}"
BATCH = 32  # as many as a serve worker ranks at once
BY_THE_MODEL = ("model", "hot_list")


@dataclass(frozen=True)
class Kind:
    """One kind of question.

    Attributes:
        path: `{shopper}` becomes the number of a shopper, `{fresh}` a word never used before.
        share: of all questions.
        step: of the ladder that should answer; "" for a view that names none.
    """

    name: str
    path: str
    step: str
    share: float = 1.0


LIST = f"{RECOMMENDATIONS}?limit=20&user_id=u{SHOPPER}"
EMPTY = Kind("empty view", "/api/v1/empty", "")
HOT = Kind("hot list", LIST, "hot_list")
# An excluded id of its own makes every question a new one.
MODEL = Kind("model", f"{LIST}&exclude_product_ids=x{FRESH}", "model")


@dataclass(frozen=True)
class Plan:
    """What to ask, how often, and for how long.

    Attributes:
        clients: each asks again as soon as it has its answer; 0 with a rate.
        rate: questions a second, sent when they are due whatever became of the ones before; their
            time counts from the moment they were due. 0 with clients.
    """

    kinds: Sequence[Kind]
    seconds: float
    clients: int = 0
    rate: float = 0.0


def drive(shop: Shop, plan: Plan) -> dict[str, Any]:
    """Run a plan over HTTP in a process of its own; return its figures and what they cost."""
    told = asdict(plan) | {"port": shop.port, "key": shop.key, "shoppers": SHOPPERS}
    return costed(shop, "benchmarks.serving.generator", told, shop.stack.env)


def costed(
    shop: Shop, program: str, told: Mapping[str, Any], env: Mapping[str, str]
) -> dict[str, Any]:
    """Run a program that asks; return what it prints, with microseconds a request by process.

    The program counts its `requests`, and the seconds that every part spent on them.

    Raises:
        StackError: the program failed.
    """
    done = subprocess.run(
        [sys.executable, "-m", program],
        input=json.dumps({**told, "pids": shop.pids()}),
        env=env,
        stdout=subprocess.PIPE,
        text=True,
    )
    if done.returncode:
        raise StackError(f"{program} failed; see above.")
    found: dict[str, Any] = json.loads(done.stdout)
    spent, requests = found.pop("cpu_seconds"), max(found["requests"], 1)
    per_request = {name: round(seconds / requests * 1e6) for name, seconds in spent.items()}
    return found | {"cpu_us_per_request": per_request}
