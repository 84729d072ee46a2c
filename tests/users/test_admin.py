"""Shoppers, events, keys and staff in the admin."""

import json
import re
import uuid
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.http import StreamingHttpResponse
from django.test import Client
from django.utils import timezone

from tests.admin_shop import make_served_list, member, superuser
from tests.factories import NOON, EventFactory, ProductFactory, ShopperFactory
from users.api_keys import create_api_key, hash_key
from users.models import ApiKey, ApiKeyKind, Event, Shopper, ShopperKind

pytestmark = pytest.mark.django_db
ROLES, STAFF = "/admin/auth/group/", "/admin/users/user/"
KEYS, EVENTS, SHOPPERS = "/admin/users/apikey/", "/admin/users/event/", "/admin/users/shopper/"


def post_key(client: Client, **values: object) -> str:
    """Ask for a key; returns the page."""
    fields = {"name": "shop", "kind": "secret", "expires_at_0": "", "expires_at_1": ""}
    return client.post(f"{KEYS}add/", fields | values).content.decode()


def found(client: Client, query: str) -> list[int]:
    """The keys of the events that a list shows."""
    return [row.pk for row in client.get(f"{EVENTS}?{query}").context["cl"].result_list]


def test_a_new_key_is_shown_once_and_only_its_hash_is_kept(client: Client) -> None:
    client.force_login(superuser())

    page = post_key(client, scopes=["recommend", "ingest"])

    match = re.search(r"sk_[\w-]{43}", page)
    assert match is not None
    row = ApiKey.objects.get()
    assert (row.key_hash, row.scopes) == (hash_key(match[0]), ["recommend", "ingest"])
    for url in (KEYS, f"{KEYS}{row.pk}/change/", f"{KEYS}{row.pk}/history/"):
        later = client.get(url).content.decode()
        assert match[0] not in later
        assert row.key_hash not in later


def test_a_publishable_key_gets_its_only_scope(client: Client) -> None:
    client.force_login(superuser())

    post_key(client, kind="publishable", scopes=["operate"])

    row = ApiKey.objects.get()
    assert (row.kind, row.scopes, row.prefix[:3]) == ("publishable", ["events"], "pk_")


def test_a_secret_key_needs_a_scope(client: Client) -> None:
    client.force_login(superuser())

    page = post_key(client)

    assert "Choose what the key may do." in page
    assert not ApiKey.objects.exists()


def test_a_key_is_made_with_the_pages_it_works_on(client: Client) -> None:
    client.force_login(superuser())

    post_key(
        client,
        kind="publishable",
        allowed_origins="https://shop.example/\nhttps://blog.example",
        requests_per_minute="90",
    )

    row = ApiKey.objects.get()
    assert row.allowed_origins == ["https://shop.example", "https://blog.example"]
    assert row.requests_per_minute == 90
    assert "https://blog.example" in client.get(f"{KEYS}{row.pk}/change/").content.decode()


@pytest.mark.parametrize(
    ("kind", "origins"), [("publishable", "shop.example"), ("secret", "https://shop.example")]
)
def test_pages_that_make_no_sense_make_no_key(client: Client, kind: str, origins: str) -> None:
    client.force_login(superuser())

    post_key(client, kind=kind, scopes=["recommend"], allowed_origins=origins)

    assert not ApiKey.objects.exists()


def test_a_new_secret_is_shown_once_and_the_old_one_ends_later(client: Client) -> None:
    row, old = create_api_key(name="shop", kind=ApiKeyKind.SECRET, scopes=["recommend"])
    client.force_login(superuser())
    assert "goes on working" in client.get(f"{KEYS}{row.pk}/rotate/").content.decode()
    assert ApiKey.objects.get().key_hash == hash_key(old)

    page = client.post(f"{KEYS}{row.pk}/rotate/", {"hours": 2})

    match = re.search(r"sk_[\w-]{43}", page.content.decode())
    after = ApiKey.objects.get()
    assert match is not None
    assert (after.key_hash, after.previous_key_hash) == (hash_key(match[0]), hash_key(old))
    assert "no-store" in page["Cache-Control"]
    assert after.previous_works_until is not None
    assert timedelta(hours=1.9) < after.previous_works_until - timezone.now() <= timedelta(hours=2)


def test_only_name_switch_and_expiry_of_a_key_change(client: Client) -> None:
    row, _ = create_api_key(name="old", kind=ApiKeyKind.SECRET, scopes=["recommend"])
    client.force_login(superuser())

    client.post(
        f"{KEYS}{row.pk}/change/",
        {
            "name": "new",
            "expires_at_0": "2027-01-02",
            "expires_at_1": "03:04:05",
            "scopes": ["operate"],
            "kind": "publishable",
            "key_hash": "0" * 64,
        },
    )

    after = ApiKey.objects.get()
    assert (after.name, after.is_active) == ("new", False)
    assert after.expires_at is not None
    assert after.expires_at.isoformat() == "2027-01-02T03:04:05+00:00"
    assert (after.scopes, after.kind, after.key_hash) == (["recommend"], "secret", row.key_hash)


def test_the_list_of_keys_says_which_are_dead(client: Client) -> None:
    past = timezone.now() - timedelta(days=1)
    create_api_key(name="a", kind=ApiKeyKind.SECRET, scopes=["recommend"])
    expired, _ = create_api_key(name="b", kind=ApiKeyKind.SECRET, scopes=["recommend"])
    off, _ = create_api_key(name="c", kind=ApiKeyKind.SECRET, scopes=["recommend"])
    ApiKey.objects.filter(pk=expired.pk).update(expires_at=past)
    ApiKey.objects.filter(pk=off.pk).update(is_active=False)
    client.force_login(superuser())

    words = re.sub(r"<[^>]+>|\s+", " ", client.get(KEYS).content.decode())

    assert [words.count(state) for state in ("Active ", "Expired ", "Switched off ")] == [1, 1, 1]


def test_an_event_is_found_by_every_id_it_carries(client: Client) -> None:
    answer = uuid.uuid4()
    event = EventFactory.create(
        shopper=ShopperFactory.create(external_id="ada"),
        product=ProductFactory.create(external_id="0007"),
        recommendation_id=answer,
    )
    EventFactory.create()
    client.force_login(superuser())

    for term in (str(event.event_id), str(answer), "ada", "0007"):
        assert found(client, f"q={term}") == [event.pk], term
    assert found(client, "q=ad") == []  # a part of an id would read the whole table


def test_events_of_unknown_products_are_a_list_of_their_own(client: Client) -> None:
    unknown = ProductFactory.create(is_placeholder=True, is_available=False)
    waiting = EventFactory.create(product=unknown)
    joined = EventFactory.create()
    client.force_login(superuser())

    assert found(client, "state=quarantined") == [waiting.pk]
    assert found(client, "state=joined") == [joined.pk]


def test_the_page_of_a_shopper_tells_what_they_did_last_act_first(client: Client) -> None:
    shopper = ShopperFactory.create()
    old, new = ProductFactory.create(title="Old lamp"), ProductFactory.create(title="New lamp")
    EventFactory.create(shopper=shopper, product=old, occurred_at=NOON)
    EventFactory.create(shopper=shopper, product=new, occurred_at=NOON + timedelta(hours=1))
    client.force_login(member("Analyst"))

    page = client.get(f"{SHOPPERS}{shopper.pk}/change/").content.decode()

    assert 0 < page.index("New lamp") < page.index("Old lamp")
    assert "<dt>View</dt><dd>2</dd>" in page


def test_the_list_of_shoppers_shows_the_last_event(client: Client) -> None:
    shopper = ShopperFactory.create()
    EventFactory.create(shopper=shopper, occurred_at=NOON)
    EventFactory.create(shopper=shopper, occurred_at=NOON - timedelta(days=1))
    client.force_login(superuser())

    [row] = client.get(SHOPPERS).context["cl"].result_list

    assert vars(row)["last_event_at"] == NOON


def test_erasing_needs_the_id_typed_again(client: Client) -> None:
    shopper = ShopperFactory.create(external_id="ada")
    EventFactory.create(shopper=shopper)
    client.force_login(member("Privacy officer"))

    page = client.post(f"{SHOPPERS}{shopper.pk}/erase/", {"typed_id": "Ada"}).content.decode()

    assert "This is not the id of this page. Nothing was done." in page
    assert Event.objects.filter(shopper=shopper).count() == 1


def test_an_erased_shopper_is_gone_and_the_log_forgets_the_id(client: Client) -> None:
    shopper = ShopperFactory.create(external_id="ada-lovelace")
    EventFactory.create(shopper=shopper)
    client.force_login(member("Privacy officer"))
    client.get(f"{SHOPPERS}{shopper.pk}/export/")  # leaves a line in the log

    client.post(f"{SHOPPERS}{shopper.pk}/erase/", {"typed_id": "ada-lovelace"})

    assert not Shopper.objects.filter(external_id="ada-lovelace").exists()
    assert not Event.objects.exists()
    assert set(LogEntry.objects.values_list("object_repr", flat=True)) == {"an erased shopper"}
    assert "Erased, with 1 events. Receipt" in LogEntry.objects.latest("pk").change_message


def test_an_export_holds_events_and_served_lists_of_this_shopper_only(client: Client) -> None:
    product = ProductFactory.create(external_id="0007")
    shopper = ShopperFactory.create(external_id="ada", kind=ShopperKind.VISITOR)
    EventFactory.create(shopper=shopper, product=product)
    make_served_list(product, shopper)
    EventFactory.create()
    client.force_login(member("Privacy officer"))

    answer = client.get(f"{SHOPPERS}{shopper.pk}/export/")

    assert isinstance(answer, StreamingHttpResponse)
    lines = [json.loads(line) for line in answer.getvalue().decode().splitlines()]
    assert [line["section"] for line in lines] == ["shoppers", "events", "served_lists"]
    assert (lines[0]["kind"], lines[0]["id"]) == ("visitor", "ada")
    assert lines[1]["product_id"] == "0007"
    assert lines[2]["results"][0]["product_id"] == "0007"


def test_the_page_of_a_secret_key_has_no_field_for_pages(client: Client) -> None:
    key, _ = create_api_key(name="shop", kind=ApiKeyKind.SECRET, scopes=["recommend"])
    client.force_login(superuser())

    page = client.get(f"/admin/users/apikey/{key.pk}/change/").content.decode()

    assert 'name="requests_per_minute"' in page
    assert 'name="allowed_origins"' not in page


def test_rights_are_ticks_grouped_by_what_they_are_about(client: Client) -> None:
    member("Analyst")
    client.force_login(superuser())
    role = Group.objects.get(name="Analyst")
    may = Permission.objects.filter(content_type__app_label="users", content_type__model="shopper")

    page = client.get(f"{ROLES}{role.pk}/change/").content.decode()
    names = {each.codename: each.pk for each in may}
    client.post(f"{ROLES}{role.pk}/change/", {"name": "Analyst", "permissions": [*names.values()]})

    group = re.search(r"<legend>Shoppers</legend>(.*?)</fieldset>", page, re.DOTALL)
    assert group is not None
    ticks = re.findall(r'value="(\d+)"([^>]*)>[^<]*<span[^>]*>\s*([^<]+?)\s*<', group[1])
    assert [(int(pk), words) for pk, _, words in ticks] == [
        (names["view_shopper"], "view"),
        (names["add_shopper"], "add"),
        (names["change_shopper"], "change"),
        (names["delete_shopper"], "delete"),
        (names["erase_shopper"], "erase shopper"),
        (names["export_shopper"], "export shopper"),
    ]
    assert [words for _, state, words in ticks if "checked" in state.split()] == ["view"]
    assert set(role.permissions.values_list("codename", flat=True)) == set(names)


def test_a_person_gets_roles_and_single_rights_by_ticks(client: Client) -> None:
    person = member("Analyst")
    client.force_login(superuser())

    page = client.get(f"{STAFF}{person.pk}/change/").content.decode()

    assert len(re.findall(r'type="checkbox"[^>]*name="groups"', page)) == Group.objects.count()
    num_rights = Permission.objects.count()
    assert len(re.findall(r'type="checkbox"[^>]*name="user_permissions"', page)) == num_rights
