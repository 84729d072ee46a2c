"""From a request to ranked items."""
