"""The Django project: wiring, no domain rules."""
