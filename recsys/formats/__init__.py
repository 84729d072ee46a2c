"""How moments and days are written, whatever the language would do."""
