"""Admin pages of shoppers, events and access."""

from users.admin import access, api_keys, audit, events, shoppers, staff

__all__ = ["access", "api_keys", "audit", "events", "shoppers", "staff"]
