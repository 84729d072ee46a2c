"""Names in Redis. All of it may vanish at any moment: the database is the truth."""

# Published after a promotion or a rollback, so that serve workers look at the database at
# once and not at their next poll. Only a hint: nobody depends on it.
ACTIVE_VERSION_CHANNEL = "fusion:active_version"

REQUESTS = "fusion:serve:requests"  # list of requests that wait for a serve worker
BACKGROUND = "fusion:serve:background"  # the same, taken only while no request waits
HEARTBEAT = "fusion:serve:heartbeat"  # summary of the serve workers' signs of life; expires
PRECOMPUTE_TURN = "fusion:precompute:turn"  # held by the refresh of hot lists that runs; expires
PRECOMPUTED = "fusion:precompute:lists"  # how many lists were refreshed before anybody asked
WORKERS = "fusion:serve:workers"  # set of the names of serve workers, gone ones included
SERVED_LISTS = "fusion:served_lists"  # stream of answers that wait for the database; capped
BASKETS = "fusion:baskets"  # how many baskets had each product; expires
ANSWER_COUNTS = "fusion:answer_counts"  # hash of counters behind /metrics


def worker_heartbeat(name: str) -> str:
    """The last sign of life of one serve worker; expires."""
    return f"fusion:serve:heartbeat:{name}"


def reply(request_id: str) -> str:
    """List that holds the one reply to a request; expires."""
    return f"fusion:serve:reply:{request_id}"


def popular(window: str) -> str:
    """The last computed popularity of a window; expires."""
    return f"fusion:popular:{window}"


def companions(product_pk: int) -> str:
    """What is bought together with a product; expires."""
    return f"fusion:companions:{product_pk}"


def pages(recommendation_id: object) -> str:
    """An answer that has further pages; expires."""
    return f"fusion:pages:{recommendation_id}"


def hot_list(owner: str) -> str:
    """Ranked list of one shopper or product in one context, `owner`; expires."""
    return f"fusion:hot_list:{owner}"
