"""Writes ten rules for benchmarks/explanations.py into its database."""

from typing import Any

import django

SCENARIO = "product"


def main() -> None:
    """Write rules of every kind, matching by id, category, price and brand."""
    django.setup()
    from catalog.models import Product
    from fusion.models import Rule, Scenario

    ids = list(Product.objects.order_by("pk").values_list("external_id", flat=True)[:60])
    orders: list[dict[str, Any]] = [
        {"action": "pin", "place": 3, "product_ids": ids[:2]},
        {"action": "pin", "place": 10, "product_ids": ids[2:3]},
        {"action": "hide", "product_ids": ids[3:40]},
        {"action": "hide", "category": "Category 7"},
        {"action": "bury", "category": "Category 8"},
        {"action": "bury", "brand": "Nobody"},
        {"action": "boost", "factor": 1.5, "category": "Category 9"},
        {"action": "boost", "factor": 2.0, "category": "Category 10"},
        {"action": "boost", "factor": 0.5, "product_ids": ids[40:60]},
        {"action": "boost", "factor": 1.2, "min_price": 10, "max_price": 20},
    ]
    scenario, _ = Scenario.objects.get_or_create(name=SCENARIO)
    for number, order in enumerate(orders):
        Rule.objects.create(name=f"Rule {number}", **order).scenarios.add(scenario)


if __name__ == "__main__":
    main()
