from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from users.api_keys import hash_key
from users.models import ApiKey

pytestmark = pytest.mark.django_db


def made(*flags: str) -> str:
    output = StringIO()
    call_command("create_api_key", "--name", "shop", *flags, stdout=output)
    return output.getvalue().strip()


def test_a_key_is_printed_and_only_its_hash_is_kept() -> None:
    key = made("--scopes", "recommend, ingest")

    row = ApiKey.objects.get()
    assert (row.key_hash, row.scopes) == (hash_key(key), ["recommend", "ingest"])
    assert key not in str(ApiKey.objects.values().get())


def test_without_scopes_a_secret_key_may_do_everything_a_shop_needs() -> None:
    made()

    assert ApiKey.objects.get().scopes == ["recommend", "ingest", "operate"]


def test_a_publishable_key_only_sends_events() -> None:
    assert made("--publishable").startswith("pk_")
    assert ApiKey.objects.get().scopes == ["events"]


def test_a_publishable_key_with_scopes_is_refused() -> None:
    with pytest.raises(CommandError, match="only sends events"):
        made("--publishable", "--scopes", "recommend")
    assert not ApiKey.objects.exists()


@pytest.mark.parametrize("scopes", ["admin", "", "ingest,x"])
def test_an_unknown_scope_is_refused(scopes: str) -> None:
    with pytest.raises(CommandError, match="recommend, ingest, operate, events"):
        made("--scopes", scopes)
    assert not ApiKey.objects.exists()


def test_a_publishable_key_names_its_pages() -> None:
    made("--publishable", "--origins", "https://shop.example/, https://blog.example")

    assert ApiKey.objects.get().allowed_origins == ["https://shop.example", "https://blog.example"]


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (("--origins", "https://shop.example"), "--origins needs --publishable"),
        (("--publishable", "--origins", "shop"), "'shop' is no origin"),
        (("--limit", "-1"), "--limit takes 0 or more"),
    ],
)
def test_what_makes_no_sense_makes_no_key(flags: tuple[str, ...], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        made(*flags)
    assert not ApiKey.objects.exists()
