"""Answers from hot lists beside an empty view behind the same authentication."""

from benchmarks.serving.caller import Caller
from benchmarks.serving.plan import EMPTY, HOT, Kind, Plan, drive
from benchmarks.serving.report import Figures, Found, Sizes, at_least, over_rounds, spread
from benchmarks.stack import SHOPPERS, Shop

BAR = 0.6
CLIENTS = (1, 8)


def hot_list(shop: Shop, sizes: Sizes) -> Found:
    """Ask both by turns, with one client and with eight."""
    make_hot_lists(shop)
    by_clients = {clients: _rounds(shop, sizes, clients) for clients in CLIENTS}
    ratios = {clients: _ratio(rounds) for clients, rounds in by_clients.items()}
    figures = {
        f"{clients} clients": {kind: over_rounds(found) for kind, found in rounds.items()}
        | {"throughput_over_empty_view": ratios[clients]}
        for clients, rounds in by_clients.items()
    }
    worst = min(ratio["median"] for ratio in ratios.values())
    as_asked = min(each["share_as_asked"] for each in by_clients[CLIENTS[-1]][HOT.name])
    name = "hot list: throughput over the empty view's, the lower of 1 and 8 clients"
    return Found(figures, [at_least(name, worst, BAR, holds=as_asked > 0.99)])


def make_hot_lists(shop: Shop) -> None:
    """Ask for every shopper once."""
    caller = Caller(shop)
    for number in range(SHOPPERS):
        caller.call("GET", f"recommendations?limit=20&user_id=u{number}")


def _rounds(shop: Shop, sizes: Sizes, clients: int) -> dict[str, list[Figures]]:
    found: dict[str, list[Figures]] = {EMPTY.name: [], HOT.name: []}
    for _ in range(sizes.rounds):
        for kind in (EMPTY, HOT):
            found[kind.name].append(_asked(shop, kind, sizes.seconds, clients))
    return found


def _asked(shop: Shop, kind: Kind, seconds: float, clients: int) -> Figures:
    return drive(shop, Plan([kind], seconds, clients=clients))


def _ratio(rounds: dict[str, list[Figures]]) -> Figures:
    pairs = zip(rounds[HOT.name], rounds[EMPTY.name], strict=True)
    return spread([hot["requests_per_s"] / empty["requests_per_s"] for hot, empty in pairs])
