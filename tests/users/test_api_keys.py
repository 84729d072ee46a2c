"""The life of a key: made, used, replaced, ended."""

import time
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from users import api_keys
from users.api_keys import create_api_key, hash_key, rotate_api_key
from users.models import ApiKey, ApiKeyKind

pytestmark = pytest.mark.django_db
STILL_KNOWN_S = 2.0  # what we promise: a key switched off works no longer than this
SCOPES = ["recommend"]


def made(**options: Any) -> tuple[ApiKey, str]:
    return create_api_key(name="shop", kind=ApiKeyKind.SECRET, scopes=SCOPES, **options)


def ask(key: str) -> Any:
    headers = {"Authorization": f"Bearer {key}"}
    return Client().get("/api/v1/recommendations", headers=headers)


def refusal(key: str) -> tuple[int, str]:
    answer = ask(key)
    return answer.status_code, answer.json()["code"]


@pytest.fixture
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have this process read every key again."""
    monkeypatch.setattr(api_keys, "KNOWN_SECONDS", 0.0)


def test_only_the_hash_of_a_key_is_kept() -> None:
    row, key = made()

    assert row.key_hash == hash_key(key)
    assert key not in str(ApiKey.objects.values().get())


def test_a_key_works_until_the_moment_it_expires() -> None:
    _, alive = made(expires_at=timezone.now() + timedelta(minutes=1))
    _, dead = made(expires_at=timezone.now())

    assert ask(alive).status_code == 200
    assert refusal(dead) == (401, "key_expired")


def test_a_key_that_expires_while_it_is_known_ends_at_once() -> None:
    _, key = made(expires_at=timezone.now() + timedelta(seconds=0.3))
    assert ask(key).status_code == 200

    time.sleep(0.3)

    assert refusal(key) == (401, "key_expired")


def test_a_key_switched_off_ends_within_two_seconds() -> None:
    row, key = made()
    assert ask(key).status_code == 200

    ApiKey.objects.filter(pk=row.pk).update(is_active=False)
    time.sleep(STILL_KNOWN_S)

    assert refusal(key) == (401, "key_revoked")


def test_a_wrong_key_is_unknown() -> None:
    _, key = made()

    assert refusal(key[:-1]) == (401, "key_unknown")


@pytest.mark.parametrize("header", ["sk_x", "Basic dTpw", "Bearer", "Bearer a b", "Bearer \xe9"])
def test_what_is_no_key_is_a_problem(header: str) -> None:
    answer = Client().get("/api/v1/recommendations", headers={"Authorization": header})

    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["WWW-Authenticate"] == "Bearer"


def test_both_secrets_work_while_the_servers_change(forgetful: None) -> None:
    row, old = made()

    _, new = rotate_api_key(row.pk, now=timezone.now(), overlap=timedelta(hours=1))

    assert [ask(old).status_code, ask(new).status_code] == [200, 200]
    after = ApiKey.objects.get()
    assert (after.pk, after.name, after.scopes, after.prefix) == (row.pk, "shop", SCOPES, new[:8])


def test_the_old_secret_ends_with_the_overlap(forgetful: None) -> None:
    row, old = made()
    _, new = rotate_api_key(row.pk, now=timezone.now(), overlap=timedelta(0))

    assert refusal(old) == (401, "key_expired")
    assert ask(new).status_code == 200


def test_a_second_rotation_ends_the_oldest_secret(forgetful: None) -> None:
    row, oldest = made()
    _, old = rotate_api_key(row.pk, now=timezone.now())
    _, new = rotate_api_key(row.pk, now=timezone.now())

    assert refusal(oldest) == (401, "key_unknown")
    assert [ask(old).status_code, ask(new).status_code] == [200, 200]


def test_the_use_of_a_key_is_noted_once_a_minute(
    forgetful: None, django_assert_max_num_queries: Any
) -> None:
    row, key = made()
    ask(key)
    noted = ApiKey.objects.get(pk=row.pk).last_used_at
    assert noted is not None

    ask(key)
    assert ApiKey.objects.get(pk=row.pk).last_used_at == noted

    ApiKey.objects.update(last_used_at=noted - timedelta(minutes=2))
    ask(key)
    latest = ApiKey.objects.get(pk=row.pk).last_used_at
    assert latest is not None
    assert latest > noted


def test_a_key_used_a_moment_ago_costs_no_query(django_assert_num_queries: Any) -> None:
    _, key = made(requests_per_minute=0)
    path, headers = "/api/v1/training-runs", {"Authorization": f"Bearer {key}"}
    Client().get(path, headers=headers)

    with django_assert_num_queries(0):
        assert Client().get(path, headers=headers).status_code == 403


def test_the_command_replaces_a_secret_by_name(
    forgetful: None, capsys: pytest.CaptureFixture[str]
) -> None:
    _, old = made()

    call_command("rotate_api_key", "shop", "--overlap-hours", "0")

    new = capsys.readouterr().out.strip()
    assert new.startswith("sk_")
    assert ask(new).status_code == 200
    assert refusal(old) == (401, "key_expired")


def test_the_command_refuses_to_guess_which_key() -> None:
    made()
    row, _ = made()

    with pytest.raises(CommandError, match=r"2 active keys match 'shop': shop \(sk_"):
        call_command("rotate_api_key", "shop")
    assert ApiKey.objects.get(pk=row.pk).key_hash == row.key_hash
