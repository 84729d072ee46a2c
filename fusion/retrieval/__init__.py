"""Vector indexes that name the likely items of a catalogue too large to score in full."""
