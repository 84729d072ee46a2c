"""From arrays to an immutable artifact."""
