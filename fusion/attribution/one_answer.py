"""What came of one answer, by the same rules as the figures of a day."""

from datetime import timedelta

from django.conf import settings
from django.db.models import Q

from fusion.attribution.credit import Outcome, give_credit
from fusion.attribution.reading import read_acts, read_shown
from fusion.models import ServedList
from users.models import Event, EventKind

MOST_PAIRS = 200  # of shopper and product, should a robot click on one list all day


def outcome_of(served: ServedList) -> Outcome:
    """Return clicks, purchases and revenue of one answer.

    Other answers count as far as they took the last touch from it.
    """
    span = timedelta(days=settings.FUSION_ATTRIBUTION_DAYS)
    until = served.created_at + span
    own = Event.objects.filter(recommendation_id=served.pk, occurred_at__lt=until).engaged()
    pairs = own.order_by().values_list("shopper_id", "product_id").distinct()[:MOST_PAIRS]
    is_theirs = Q()
    for shopper_pk, product_pk in pairs:
        is_theirs |= Q(shopper=shopper_pk, product=product_pk)
    if not is_theirs:
        return Outcome()
    acts = Event.objects.filter(
        is_theirs, occurred_at__gte=served.created_at, occurred_at__lt=until
    ).engaged()
    touches = list(read_acts(acts.filter(recommendation_id__isnull=False)))
    named = ServedList.objects.filter(pk__in={each.recommendation_id for each in touches})
    answers = {each.pk: shown for each, shown in read_shown(list(named.defer("question")))}
    purchases = read_acts(acts.filter(kind=EventKind.PURCHASE))
    return give_credit(answers, touches, purchases, within=span).get(served.pk, Outcome())
