"""From ranked products to those that are shown: rules, caps and exploration."""
