"""Who acts, and what they did."""
