"""Whatever is filtered, an answer holds as many products as there are, up to the limit."""

from decimal import Decimal

import pytest
from django.utils import timezone
from pytest_django import Settings

from catalog.models import Product
from fusion.models import ModelVersion
from fusion.serving import circumstances
from fusion.serving.filters import ANY, ProductFilter
from fusion.serving.model_server import ModelServer
from fusion.serving.recommend import recommend
from fusion.serving.results import Step
from tests.fusion.served_shop import Shop, shopper_of

pytestmark = pytest.mark.django_db(transaction=True)
FILTERS = [
    ANY,
    ProductFilter(category="Odd"),
    ProductFilter(brands=("Acme",)),
    ProductFilter(min_price=Decimal(5), max_price=Decimal(9)),
    ProductFilter(attributes={"colour": "red"}),
    ProductFilter(category="Even", brands=("Acme",), attributes={"colour": "red"}),
    ProductFilter(brands=("Nobody",)),
]


@pytest.fixture(params=["exact", "clusters"])
def retrieval(request: pytest.FixtureRequest, settings: Settings) -> str:
    settings.FUSION_RETRIEVAL = request.param
    return str(request.param)


@pytest.fixture
def furnished(shop: Shop, retrieval: str) -> Shop:
    """The shop with brands, prices and colours, four products switched off; before any worker."""
    for number, product in enumerate(shop.products):
        product.brand = "Acme" if number % 3 == 0 else "Bolt"
        product.price = Decimal(number)
        product.attributes = {"colour": "red" if number < 12 else "blue"}
        product.is_available = number % 6 != 1
    Product.objects.bulk_update(shop.products, ["brand", "price", "attributes", "is_available"])
    return shop


def possible(shop: Shop, only: ProductFilter, excluded: set[str]) -> set[str]:
    """Return what may be shown, worked out without the product's own filters."""
    lowest = -1 if only.min_price is None else only.min_price
    highest = 99 if only.max_price is None else only.max_price
    return {
        product.external_id
        for product in shop.products
        if product.is_available
        and product.external_id not in excluded
        and only.category in (None, "Odd" if product in shop.odd else "Even")
        and product.brand in (only.brands or ("Acme", "Bolt"))
        and lowest <= (product.price or 0) <= highest
        and (not only.attributes or product.attributes["colour"] == only.attributes["colour"])
    }


@pytest.mark.parametrize(("ranked", "candidates"), [(200, 50_000), (3, 2)])
def test_no_filter_makes_an_answer_shorter_than_it_could_be(
    furnished: Shop,
    version: ModelVersion,
    server: ModelServer,
    monkeypatch: pytest.MonkeyPatch,
    ranked: int,
    candidates: int,
) -> None:
    shopper_of(furnished.even[:4], "ada")
    monkeypatch.setattr(circumstances, "RANKED", ranked)
    monkeypatch.setattr(circumstances, "MOST_CANDIDATES", candidates)

    for only in FILTERS:
        for excluded in (set[str](), {each.external_id for each in furnished.products[:15]}):
            for limit in (4, 24):
                answer = recommend(
                    user_id="ada",
                    limit=limit,
                    only=only,
                    exclude_product_ids=sorted(excluded),
                    now=timezone.now(),
                )

                there_are = possible(furnished, only, excluded)
                shown = [each.product_id for each in answer.results]
                assert len(shown) == len({*shown}) == min(limit, len(there_are))
                assert {*shown} <= there_are
                if there_are:
                    assert answer.results[0].source in (Step.MODEL, Step.HOT_LIST)
