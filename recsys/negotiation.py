"""Which renderer answers."""

from collections.abc import Iterable, Sequence

from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request


class QuickNegotiation(DefaultContentNegotiation):
    """Reads `Accept` only where it may matter: nearly all clients take what they get."""

    def select_renderer(
        self,
        request: Request,
        renderers: Iterable[BaseRenderer],
        format_suffix: str | None = None,
    ) -> tuple[BaseRenderer, str]:
        """Return the renderer and its media type."""
        listed: Sequence[BaseRenderer] = [*renderers]
        [first, *others] = listed
        if not others and request.META.get("HTTP_ACCEPT", "") in ("", "*/*", first.media_type):
            return first, first.media_type
        chosen: tuple[BaseRenderer, str] = super().select_renderer(request, listed, format_suffix)
        return chosen
