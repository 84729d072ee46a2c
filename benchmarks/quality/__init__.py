"""Ranking quality of the late fusion and of its peers: one protocol, one run, all contestants."""
