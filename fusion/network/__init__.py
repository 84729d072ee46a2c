"""The branches and their late fusion; torch only."""
