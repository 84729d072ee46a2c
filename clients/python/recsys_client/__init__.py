"""A typed client of the Recommendations API.

from recsys_client import Client

client = Client("https://recommend.shop.example", "sk_…")
answer = client.get_recommendations(user_id="c-0815", limit=12)
client.send_events({"user_id": "c-0815", "product_id": "0042", "kind": "view"})
"""

from . import types
from .calls import Calls as Client
from .http import ApiError

__all__ = ["ApiError", "Client", "types"]
