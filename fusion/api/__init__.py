"""The endpoints that answer with products, one file each."""
