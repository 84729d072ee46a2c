"""The typed face of the admin theme, which ships without types."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar

from unfold import decorators
from unfold.enums import ActionVariant

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin as ThemedAdmin
    from django.contrib.admin.views.main import ChangeList as ThemedChangeList
    from django.core.paginator import Paginator

    RowPaginator = Paginator[Any]
else:
    from django.core.paginator import Paginator as RowPaginator
    from unfold.admin import ModelAdmin as UnfoldAdmin
    from unfold.views import ChangeList as ThemedChangeList

    class ThemedAdmin(UnfoldAdmin):
        """The theme's admin, made to accept the model that type checkers want named."""

        def __class_getitem__(cls, _model: Any) -> type[Self]:
            return cls


Method = TypeVar("Method", bound=Callable[..., Any])
Tone = Literal["info", "success", "warning", "danger", "primary"]

__all__ = ["RowPaginator", "ThemedAdmin", "ThemedChangeList", "Tone", "button", "column"]


def column(
    description: str,
    *,
    ordering: str | None = None,
    labels: Mapping[str, Tone] | None = None,
    boolean: bool | None = None,
) -> Callable[[Method], Method]:
    """Describe a column; `labels` shows its values as coloured tags."""
    decorate: Callable[[Method], Method] = decorators.display(
        description=description,
        ordering=ordering,
        label=dict(labels) if labels is not None else None,
        boolean=boolean,
    )
    return decorate


def button(
    description: str,
    *,
    permissions: Sequence[str],
    icon: str,
    path: str | None = None,
    tone: Literal["default", "primary", "success", "warning", "danger"] = "default",
) -> Callable[[Method], Method]:
    """Describe a page behind a button; each permission `x` asks `has_x_permission`."""
    decorate: Callable[[Method], Method] = decorators.action(
        description=description,
        permissions=permissions,
        icon=icon,
        url_path=path,
        variant=ActionVariant(tone),
    )
    return decorate
