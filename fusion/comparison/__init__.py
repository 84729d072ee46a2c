"""Two versions side by side, for the same shoppers, by a worker that can load both."""
