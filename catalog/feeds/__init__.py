"""Files of a shop, read row by row, whatever their format."""
