"""A product's words and picture become fixed vectors."""
