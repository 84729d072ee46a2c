"""Scripts that measure and print JSON."""
