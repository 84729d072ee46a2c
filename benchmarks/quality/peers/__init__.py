"""Every contestant, by name."""

from benchmarks.quality.fitted import Peer
from benchmarks.quality.peers import (
    combined,
    content,
    ease,
    factors,
    neighbours,
    networks,
    ours,
    popularity,
    vbpr,
)

MOST_SETTINGS = 6  # tried per contestant: the same budget for all

# Ours first: what is combined from its branches, or reads its features, then costs only itself.
CONTESTANTS: dict[str, Peer] = {
    **ours.PEERS,
    **popularity.PEERS,
    **neighbours.PEERS,
    **ease.PEERS,
    **factors.PEERS,
    **content.PEERS,
    **networks.PEERS,
    **vbpr.PEERS,
    **combined.PEERS,
}
