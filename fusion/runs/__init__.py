"""A training run between its request and its end: claim, heartbeat, takeover, failure."""
