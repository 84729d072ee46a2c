"""Form fields for lists and pairs, written one a line."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.core.serializers.json import DjangoJSONEncoder
from unfold.widgets import UnfoldAdminTextareaWidget


class AmountField(forms.DecimalField):
    """An amount of money, without the zeros that the database keeps behind it."""

    def prepare_value(self, value: Any) -> Any:
        """Show 24.99, not 24.990000."""
        return amount_words(value) if isinstance(value, Decimal) else value


def amount_words(amount: Decimal) -> str:
    """Write an amount with two decimals, or with as many as it has."""
    cents = amount.quantize(Decimal("0.01"))
    return f"{cents if cents == amount else amount.normalize():f}"


def pair_words(pairs: Mapping[str, Any] | None) -> str:
    """Write names and values in a line: "colour blue, size 42"."""
    return ", ".join(f"{name} {value}" for name, value in (pairs or {}).items())


class IndentedJson(DjangoJSONEncoder):
    """JSON with a line for each value, as a person can change it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options | {"indent": 2})


class Lines(UnfoldAdminTextareaWidget):  # type: ignore[misc]
    """A few lines high; it can be pulled larger."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"rows": 3, **(attrs or {})})


class LinesField(forms.Field):
    """A list of words, one a line."""

    widget = Lines

    def prepare_value(self, value: Any) -> Any:
        """Show a list as lines."""
        return "\n".join(map(str, value)) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        """Return the lines that are not empty."""
        lines = (line.strip() for line in str(value or "").splitlines())
        return [line for line in lines if line]

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare what was meant, not how it was written."""
        try:
            return bool((initial or self.to_python("")) != self.to_python(data))
        except forms.ValidationError:
            return True


class PairsField(LinesField):
    """Names and values, one pair a line: `colour = red`."""

    def prepare_value(self, value: Any) -> Any:
        """Show pairs as lines."""
        if not isinstance(value, dict):
            return value
        return "\n".join(f"{name} = {each}" for name, each in value.items())

    def to_python(self, value: Any) -> Any:
        """Return the pairs; raise ValidationError for a line that is none."""
        pairs = [line.partition("=") for line in super().to_python(value)]
        for name, sign, words in pairs:
            if not (name.strip() and sign and words.strip()):
                raise forms.ValidationError(f"Write a name, = and a value, not “{name}{sign}”.")
        return {name.strip(): words.strip() for name, _, words in pairs}
