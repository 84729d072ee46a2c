"""Pages get what browsers need, calls of the API do not wait for it."""

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db
ADDRESSES = ["/api/v1/recommendations", "/api/v1/nowhere"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_call_of_the_api_gets_neither_policy_nor_cookie(client: Client, address: str) -> None:
    answer = client.get(address)

    assert "Content-Security-Policy" not in answer
    assert not answer.cookies
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("address", ["/admin/login/", "/api/docs/", "/nowhere"])
def test_a_page_says_what_it_may_load(client: Client, address: str) -> None:
    assert "default-src 'self'" in client.get(address)["Content-Security-Policy"]


def test_who_is_logged_in_on_pages_is_nobody_to_the_api(admin_client: Client) -> None:
    assert admin_client.get("/admin/").status_code == 200
    assert admin_client.get("/api/v1/training-runs").status_code == 401
