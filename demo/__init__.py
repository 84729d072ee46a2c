"""The demo shop: a simulated catalogue, simulated shoppers, and a small storefront."""
