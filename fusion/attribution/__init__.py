"""What came of the answers: clicks, purchases and revenue by day, scenario and model version.

An answer counts on the UTC day it was given, and only what happens within
FUSION_ATTRIBUTION_DAYS after it counts for it.

- A click is a pair of an answer and a product it showed, for which an event came that carries
  the answer's id. Any kind but `remove` will do: who buys has clicked. Ten views are one click.
- A purchase is credited to one answer: the one through which the shopper came to this product
  last, be it with the purchase itself or with an earlier event (last touch).
- Revenue is price times quantity of these purchases; a purchase that came without a price counts
  at the product's price of today, or at nothing where that is unknown too.
"""
