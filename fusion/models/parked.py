"""Background work that was given up."""

from typing import Any

from django.db import models


class ParkedTask(models.Model):
    """A task that failed at every try, with its reason, until a person queues it again."""

    name = models.CharField(max_length=100)
    arguments = models.JSONField(default=dict)
    digest = models.CharField(max_length=32, unique=True, editable=False)  # of name and arguments
    reason = models.TextField()
    num_times = models.PositiveIntegerField("times parked", default=1)
    first_parked_at = models.DateTimeField()
    last_parked_at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ["-last_parked_at"]

    def __str__(self) -> str:
        said = ", ".join(f"{name}={value!r}" for name, value in self._named().items())
        return f"{self.name}({said})"

    def _named(self) -> dict[str, Any]:
        return self.arguments if isinstance(self.arguments, dict) else {}
