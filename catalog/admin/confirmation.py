"""The page between a button and what it does: what will happen, and a way back."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib.admin import ModelAdmin
from django.http import HttpRequest
from django.template.response import TemplateResponse
from unfold.widgets import UnfoldAdminTextInputWidget


@dataclass(frozen=True, slots=True)
class Question:
    """What the page says and asks."""

    title: str
    text: str
    submit: str  # empty: there is nothing to do
    back: str  # the address of "Go back"
    is_dangerous: bool = False


class TypedIdForm(forms.Form):
    """An id typed again: nobody deletes the wrong shopper by a slip."""

    typed_id = forms.CharField(label="Type the id again", widget=UnfoldAdminTextInputWidget)

    def __init__(self, *args: Any, expected: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._expected = expected

    def clean_typed_id(self) -> str:
        """Refuse another id."""
        typed: str = self.cleaned_data["typed_id"]
        if typed != self._expected:
            raise forms.ValidationError("This is not the id of this page. Nothing was done.")
        return typed


def confirmation_page(
    admin: "ModelAdmin[Any]",
    request: HttpRequest,
    question: Question,
    form: forms.Form | None = None,
) -> TemplateResponse:
    """Ask; the page posts back to its own address."""
    context = {
        **admin.admin_site.each_context(request),
        "opts": admin.opts,
        "title": question.title,
        "question": question,
        "form": form,
    }
    return TemplateResponse(request, "admin/includes/confirmation.html", context)
