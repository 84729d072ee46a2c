"""History becomes arrays: one snapshot, one cutoff, one split."""
