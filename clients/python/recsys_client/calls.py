"""Every call of the API. Written by clients/python/generate.py: change the API, not this file."""

from typing import Literal

from . import types
from .http import Http, path


class Calls(Http):
    """One method for each call."""

    def get_attribution(
        self,
        *,
        from_: str | None = None,
        scenario: str | None = None,
        to: str | None = None,
    ) -> types.Attribution:
        """Say what came of the answers, by the day they were given, scenario and version.

        A click or purchase counts for an answer within `attribution_days`, so the figures of
        the last days still grow. A purchase counts once, for the answer through which the
        shopper came to the product last.
        """
        answer: types.Attribution = self.call(
            "GET", "/api/v1/attribution", query={"from": from_, "scenario": scenario, "to": to}
        )
        return answer

    def recommend_for_cart(
        self,
        body: types.CartRequest,
    ) -> types.Recommendation:
        """Ask what goes with several products at once; changes nothing.

        The products of the cart steer the ranking together with the shopper's history.
        """
        answer: types.Recommendation = self.call(
            "POST", "/api/v1/carts/recommendations", json_body=body
        )
        return answer

    def send_events(
        self,
        body: types.EventOrEventsRequest,
        *,
        idempotency_key: str | None = None,
    ) -> types.EventVerdicts:
        """Record 1 to 1,000 events, each on its own; sending them again changes nothing.

        A body is `{"events": [...]}` or one event. The answer is 200 also when events are
        rejected: read `rejected`, and each `reason`. "quarantined" events are kept and join
        their product when it arrives. An `event_id` from a publishable key counts among that
        shopper's events from such keys; one that names another event is rejected.
        """
        answer: types.EventVerdicts = self.call(
            "POST", "/api/v1/events", headers={"Idempotency-Key": idempotency_key}, json_body=body
        )
        return answer

    def list_model_versions(
        self,
        *,
        cursor: str | None = None,
        status: Literal["active", "candidate", "retired"] | None = None,
    ) -> types.PaginatedModelVersionList:
        """List versions, newest first, with their metrics."""
        answer: types.PaginatedModelVersionList = self.call(
            "GET", "/api/v1/model-versions", query={"cursor": cursor, "status": status}
        )
        return answer

    def get_model_version(
        self,
        id: int,
    ) -> types.ModelVersionDetail:
        """Return a version with its whole report."""
        answer: types.ModelVersionDetail = self.call("GET", f"/api/v1/model-versions/{path(id)}")
        return answer

    def promote_model_version(
        self,
        id: int,
        body: types.PromotionRequest,
    ) -> types.ModelVersionDetail:
        """Make a version the active one; running workers switch within a second.

        409 when the gate or the state of its files speaks against it; the active version goes
        on then.
        """
        answer: types.ModelVersionDetail = self.call(
            "POST", f"/api/v1/model-versions/{path(id)}/promote", json_body=body
        )
        return answer

    def roll_back_model_version(
        self,
        id: int,
    ) -> types.ModelVersionDetail:
        """Leave this version, which must be active, for the one promoted before it."""
        answer: types.ModelVersionDetail = self.call(
            "POST", f"/api/v1/model-versions/{path(id)}/rollback"
        )
        return answer

    def bulk_products(
        self,
        body: list[types.BulkProductRequest],
    ) -> types.ProductVerdicts:
        """Create or change up to 5,000 products, each on its own.

        Send a JSON array, or one object a line as `application/x-ndjson`. A row changes the
        fields it names. The answer is 200 also when rows are rejected: read `rejected`.
        """
        answer: types.ProductVerdicts = self.call("POST", "/api/v1/products/bulk", json_body=body)
        return answer

    def get_product(
        self,
        product_id: str,
    ) -> types.Product:
        """Return a product as it is known."""
        answer: types.Product = self.call("GET", f"/api/v1/products/{path(product_id)}")
        return answer

    def put_product(
        self,
        product_id: str,
        body: types.ProductFieldsRequest,
    ) -> types.Product:
        """Create a product, or replace all that is said about it; its pictures stay.

        Fields left out become empty, and the product is available unless the body says not;
        embeddings left out stay.
        """
        answer: types.Product = self.call(
            "PUT", f"/api/v1/products/{path(product_id)}", json_body=body
        )
        return answer

    def patch_product(
        self,
        product_id: str,
        body: types.PatchedProductFieldsRequest,
    ) -> types.Product:
        """Change the fields that are sent, and leave the others."""
        answer: types.Product = self.call(
            "PATCH", f"/api/v1/products/{path(product_id)}", json_body=body
        )
        return answer

    def retire_product(
        self,
        product_id: str,
    ) -> None:
        """Switch a product off: it is never recommended again, and its history stays."""
        self.call("DELETE", f"/api/v1/products/{path(product_id)}")

    def get_bought_together(
        self,
        product_id: str,
        *,
        fields: Literal["product"] | None = None,
        limit: int | None = None,
    ) -> types.Recommendation:
        """Ask what is bought together with a product; counted, so it needs no model.

        A basket is what a shopper bought on one day. `reasons` says in how many baskets both
        were (`support`), the share of the product's baskets that have the other one too
        (`confidence`), and how often that is compared with chance (`lift`). Similar and popular
        products fill up a short list.
        """
        answer: types.Recommendation = self.call(
            "GET",
            f"/api/v1/products/{path(product_id)}/bought-together",
            query={"fields": fields, "limit": limit},
        )
        return answer

    def put_product_image(
        self,
        position: int,
        product_id: str,
        body: bytes,
        content_type: str,
    ) -> types.ImageVerdict:
        """Store a picture; the body is the file: JPEG, PNG, WebP or GIF.

        Position 0 is the main picture, the one that is encoded. Sending the same bytes again
        changes nothing. A picture that cannot be used is answered with 422 and the reason, and
        an earlier good one at this position stays.
        """
        answer: types.ImageVerdict = self.call(
            "PUT",
            f"/api/v1/products/{path(product_id)}/images/{path(position)}",
            body=body,
            content_type=content_type,
        )
        return answer

    def get_similar_products(
        self,
        product_id: str,
        *,
        by: Literal["behaviour", "fused", "image", "text"] | None = None,
        fields: Literal["product"] | None = None,
        limit: int | None = None,
    ) -> types.Recommendation:
        """Ask for products like one product, judged by one branch or by all.

        An unknown product is answered with popular ones, and `fallback` says so.
        """
        answer: types.Recommendation = self.call(
            "GET",
            f"/api/v1/products/{path(product_id)}/similar",
            query={"by": by, "fields": fields, "limit": limit},
        )
        return answer

    def rank_products(
        self,
        body: types.RankingRequest,
    ) -> types.Recommendation:
        """Put up to 500 products, found by a search for example, in the order for a shopper.

        The answer has every id you sent, each once, and no other. What the model does not rank
        follows at the end in the order you gave, with the source `given`; without a model that
        is everything. Rules, caps and filters have no say here: the list is yours.
        """
        answer: types.Recommendation = self.call("POST", "/api/v1/rankings", json_body=body)
        return answer

    def get_recommendations(
        self,
        *,
        category: str | None = None,
        context_product_ids: list[str] | None = None,
        diversity: float | None = None,
        exclude_product_ids: list[str] | None = None,
        explain: Literal["contributions", "evidence", "none"] | None = None,
        fallback: Literal["full", "none", "popular"] | None = None,
        fields: Literal["product"] | None = None,
        limit: int | None = None,
        paging: bool | None = None,
        scenario: str | None = None,
        user_id: str | None = None,
        visitor_id: str | None = None,
    ) -> types.Recommendation:
        """Ask for products for one shopper; the simple case.

        Always 200 with products to show, as long as the shop has any: `fallback` says which
        step found them. A list of ids is the same name several times.
        """
        answer: types.Recommendation = self.call(
            "GET",
            "/api/v1/recommendations",
            query={
                "category": category,
                "context_product_ids": context_product_ids,
                "diversity": diversity,
                "exclude_product_ids": exclude_product_ids,
                "explain": explain,
                "fallback": fallback,
                "fields": fields,
                "limit": limit,
                "paging": paging,
                "scenario": scenario,
                "user_id": user_id,
                "visitor_id": visitor_id,
            },
        )
        return answer

    def post_recommendations(
        self,
        body: types.RecommendationRequest,
    ) -> types.Recommendation:
        """Ask for products for one shopper; changes nothing.

        Always 200 with products to show, as long as the shop has any: `fallback` says which
        step found them.
        """
        answer: types.Recommendation = self.call("POST", "/api/v1/recommendations", json_body=body)
        return answer

    def recommend_batch(
        self,
        body: types.BatchRequest,
    ) -> types.Batch:
        """Ask up to 10 questions for one page; no product comes twice.

        Each widget is a request for recommendations; a product goes to the first one that shows
        it. `user_id`, `visitor_id`, `context`, `exclude_product_ids` and `fields` beside
        `widgets` count for all that do not say otherwise.
        """
        answer: types.Batch = self.call("POST", "/api/v1/recommendations/batch", json_body=body)
        return answer

    def get_next_recommendations(
        self,
        *,
        cursor: str,
        fields: Literal["product"] | None = None,
        limit: int | None = None,
    ) -> types.Recommendation:
        """Go on with an answer that was asked for with `paging`.

        The ranking is the one of the first page, whatever happened since; ranks go on, and
        products switched off meanwhile are left out. `cursor` leads to the page after, and is
        null at the end. A cursor works for 15 minutes; then the answer is 410.
        """
        answer: types.Recommendation = self.call(
            "GET",
            "/api/v1/recommendations/next",
            query={"cursor": cursor, "fields": fields, "limit": limit},
        )
        return answer

    def get_explanation(
        self,
        product_id: str,
        recommendation_id: str,
    ) -> types.Explanation:
        """Ask why a product stood in an answer, or why it did not.

        `verdict` names what decided. Shopper, history and rules are taken as they were when the
        answer was made, the catalogue as it is now.
        """
        answer: types.Explanation = self.call(
            "GET",
            f"/api/v1/recommendations/{path(recommendation_id)}/explanations/{path(product_id)}",
        )
        return answer

    def list_training_runs(
        self,
        *,
        cursor: str | None = None,
        status: Literal["cancelled", "failed", "pending", "running", "succeeded"] | None = None,
    ) -> types.PaginatedTrainingRunList:
        """List runs, newest first."""
        answer: types.PaginatedTrainingRunList = self.call(
            "GET", "/api/v1/training-runs", query={"cursor": cursor, "status": status}
        )
        return answer

    def create_training_run(
        self,
        body: types.TrainingRequest,
    ) -> types.TrainingRunDetail:
        """Ask for a training; `Location` is where its progress shows.

        One run at a time: while another waits or works the answer is 409.
        """
        answer: types.TrainingRunDetail = self.call("POST", "/api/v1/training-runs", json_body=body)
        return answer

    def get_training_run(
        self,
        id: int,
    ) -> types.TrainingRunDetail:
        """Say how far a run is, with its curves and the end of its log."""
        answer: types.TrainingRunDetail = self.call("GET", f"/api/v1/training-runs/{path(id)}")
        return answer

    def cancel_training_run(
        self,
        id: int,
    ) -> types.TrainingRunDetail:
        """Cancel a run: a waiting one at once, a working one within seconds."""
        answer: types.TrainingRunDetail = self.call(
            "POST", f"/api/v1/training-runs/{path(id)}/cancel"
        )
        return answer

    def get_trending(
        self,
        *,
        category: str | None = None,
        fields: Literal["product"] | None = None,
        limit: int | None = None,
        window: Literal["1h", "24h", "30d", "7d"] | None = None,
    ) -> types.Recommendation:
        """Ask what shoppers turned to most in the last hour, day, week or month.

        A shopper counts once for a product: a purchase five times a view, and newer events
        more. The window ends with the shop's newest event; counts are at most some minutes old.
        Popular and new products fill up a short list.
        """
        answer: types.Recommendation = self.call(
            "GET",
            "/api/v1/trending",
            query={"category": category, "fields": fields, "limit": limit, "window": window},
        )
        return answer

    def merge_visitor(
        self,
        body: types.MergeRequest,
    ) -> types.Merge:
        """Give a visitor's history, and what they do from now on, to the customer.

        Call it at the log-in. Calling it again changes nothing; a visitor who was merged into
        another customer stays there, and the answer is 409.
        """
        answer: types.Merge = self.call("POST", "/api/v1/users/merge", json_body=body)
        return answer

    def put_user(
        self,
        shopper_id: str,
    ) -> types.Customer:
        """Make a customer known; needed only for one who has done nothing yet.

        There is nothing to say about a customer: leave the body empty.
        """
        answer: types.Customer = self.call("PUT", f"/api/v1/users/{path(shopper_id)}")
        return answer

    def erase_user(
        self,
        shopper_id: str,
    ) -> types.ErasureReceipt:
        """Erase a shopper: the history, the answers, and the visitors merged into them.

        The receipt says what was deleted and names no one; `model_versions` learned from the
        events while they were there, and end when you train anew. A second call answers 404.
        """
        answer: types.ErasureReceipt = self.call("DELETE", f"/api/v1/users/{path(shopper_id)}")
        return answer

    def export_user(
        self,
        shopper_id: str,
    ) -> types.Export:
        """Return all that is kept of a shopper, as one JSON document.

        A long history is written out while it is read, however long it is.
        """
        answer: types.Export = self.call("GET", f"/api/v1/users/{path(shopper_id)}/export")
        return answer

    def get_recently_viewed_by_user(
        self,
        shopper_id: str,
        *,
        fields: Literal["product"] | None = None,
        limit: int | None = None,
    ) -> types.Recommendation:
        """Ask what a shopper looked at last: the last one first, each product once.

        Nothing fills up a short list; of a shopper nobody knows it is empty.
        """
        answer: types.Recommendation = self.call(
            "GET",
            f"/api/v1/users/{path(shopper_id)}/recently-viewed",
            query={"fields": fields, "limit": limit},
        )
        return answer

    def erase_visitor(
        self,
        shopper_id: str,
    ) -> types.ErasureReceipt:
        """Erase a shopper: the history, the answers, and the visitors merged into them.

        The receipt says what was deleted and names no one; `model_versions` learned from the
        events while they were there, and end when you train anew. A second call answers 404.
        """
        answer: types.ErasureReceipt = self.call("DELETE", f"/api/v1/visitors/{path(shopper_id)}")
        return answer

    def export_visitor(
        self,
        shopper_id: str,
    ) -> types.Export:
        """Return all that is kept of a shopper, as one JSON document.

        A long history is written out while it is read, however long it is.
        """
        answer: types.Export = self.call("GET", f"/api/v1/visitors/{path(shopper_id)}/export")
        return answer

    def get_recently_viewed_by_visitor(
        self,
        shopper_id: str,
        *,
        fields: Literal["product"] | None = None,
        limit: int | None = None,
    ) -> types.Recommendation:
        """Ask what a shopper looked at last: the last one first, each product once.

        Nothing fills up a short list; of a shopper nobody knows it is empty.
        """
        answer: types.Recommendation = self.call(
            "GET",
            f"/api/v1/visitors/{path(shopper_id)}/recently-viewed",
            query={"fields": fields, "limit": limit},
        )
        return answer
