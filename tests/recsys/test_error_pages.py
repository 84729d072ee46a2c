"""What a person sees instead of a page."""

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.test import Client, RequestFactory
from django.views import defaults
from pytest_django import DjangoAssertNumQueries

from recsys.problems import not_found, server_error
from tests.admin_shop import member

pytestmark = pytest.mark.django_db


def test_a_wrong_address_of_the_admin_leads_back_to_it() -> None:
    request = RequestFactory().get("/admin/nope/")
    request.user = AnonymousUser()

    answer = not_found(request, Exception())

    assert answer.status_code == 404
    assert b"There is no such page" in answer.content
    assert b'<a href="/admin/">' in answer.content


def test_a_wrong_address_elsewhere_does_not_lead_to_the_admin() -> None:
    answer = Client().get("/nope/")

    assert answer.status_code == 404
    assert b"There is no such page" in answer.content
    assert b"/admin/" not in answer.content


def test_who_lacks_a_right_is_told_as_whom_they_are_logged_in() -> None:
    request = RequestFactory().get("/admin/users/apikey/add/")
    request.user = member("Analyst")

    answer = defaults.permission_denied(request, PermissionDenied())

    assert answer.status_code == 403
    assert f"logged in as <b>{request.user.username}</b>" in answer.content.decode()


def test_a_fault_has_a_page_that_asks_the_database_nothing(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_num_queries(0):
        answer = server_error(RequestFactory().get("/admin/"))

    assert answer.status_code == 500
    assert b"Something went wrong here" in answer.content


def test_a_form_without_its_token_changes_nothing_and_says_so() -> None:
    answer = Client(enforce_csrf_checks=True).post("/admin/login/", {"username": "eve"})

    assert answer.status_code == 403
    assert b"This form is no longer valid" in answer.content


def test_too_many_failed_logins_say_how_long_the_lock_lasts() -> None:
    client = Client()
    wrong = {"username": "eve", "password": "wrong"}
    for _ in range(settings.AXES_FAILURE_LIMIT):
        answer = client.post("/admin/login/", wrong)

    assert answer.status_code == 429
    assert b"for 15 minutes" in answer.content
