"""English, without a 12-hour clock and without the month before the day."""
