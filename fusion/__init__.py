"""The model: from history to ranked items."""
