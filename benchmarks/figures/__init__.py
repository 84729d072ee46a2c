"""What `python -m benchmarks.quality` measured, as figures and tables for people."""
