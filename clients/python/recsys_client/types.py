"""Bodies of calls and answers. Written by clients/python/generate.py: change the API, not this file."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict

BlankEnum = Literal[""]

EventKind = Literal["view", "cart", "purchase", "like", "rating", "remove"]

EventVerdictStatusEnum = Literal["accepted", "duplicate", "quarantined", "rejected"]

ExplainEnum = Literal["none", "contributions", "evidence"]

FallbackEnum = Literal["full", "popular", "none"]

FieldsEnum = Literal["product"]

ImageVerdictStatusEnum = Literal["created", "updated", "unchanged"]

ModelVersionStatus = Literal["candidate", "active", "retired"]

PresetEnum = Literal["quick", "standard"]

ProductVerdictStatusEnum = Literal["created", "updated", "unchanged", "rejected"]

PromotionEnum = Literal["gate", "manual"]

ReasonEnum = Literal[
    "not_asked",
    "no_history",
    "no_model",
    "no_worker",
    "overloaded",
    "deadline",
    "model_error",
    "redis_down",
    "nothing_ranked",
    "unknown_category",
    "unknown_product",
]

SeenPolicyEnum = Literal["show_all", "hide_bought", "hide_seen"]

ShopperKind = Literal["customer", "visitor"]

Step = Literal[
    "model",
    "hot_list",
    "stale_list",
    "popular_in_category",
    "popular",
    "newest",
    "pinned",
    "bought_together",
    "trending",
    "recently_viewed",
    "given",
    "explored",
    "none",
]

TrainingRunStatus = Literal["pending", "running", "succeeded", "failed", "cancelled"]

VerdictEnum = Literal[
    "shown",
    "unknown_product",
    "unavailable",
    "excluded",
    "not_given",
    "shown_elsewhere",
    "filtered",
    "already_bought",
    "already_seen",
    "hidden_by_rule",
    "buried_by_rule",
    "not_from_model",
    "model_silent",
    "unknown_to_model",
    "not_retrieved",
    "capped",
    "too_alike",
    "outranked",
]

Attribution = TypedDict(
    "Attribution",
    {
        "from": "str",
        "to": "str",
        "attribution_days": "int",
        "results": "list[AttributionDay]",
    },
)


class AttributionDay(TypedDict):
    """What came of one day's answers of one scenario, ranked by one version or by none."""

    day: str
    scenario: str
    model_version: int | None
    answers: int
    products_shown: int
    clicked_answers: int
    clicks: int
    click_through_rate: float | None
    purchases: int
    conversion_rate: float | None
    revenue: float


class Batch(TypedDict):
    """Answers, in the order of the questions."""

    widgets: list[Widget]
    took_ms: float


class BatchRequest(TypedDict):
    """Questions of one page. What they share is said once; a widget may say otherwise."""

    user_id: NotRequired[str]
    visitor_id: NotRequired[str]
    context: NotRequired[ContextRequest]
    exclude_product_ids: NotRequired[list[str]]
    widgets: list[WidgetRequest]
    fields: NotRequired[list[FieldsEnum]]


class BulkProductRequest(TypedDict):
    """A product in a bulk call."""

    title: NotRequired[str]
    description: NotRequired[str]
    category: NotRequired[str]
    brand: NotRequired[str]
    price: NotRequired[float | None | str]
    currency: NotRequired[str]
    url: NotRequired[str]
    attributes: NotRequired[dict[str, Any]]
    is_available: NotRequired[bool]
    embeddings: NotRequired[dict[str, list[float] | None]]
    product_id: str


class CartRequest(TypedDict):
    """A cart, and whose it is."""

    user_id: NotRequired[str]
    visitor_id: NotRequired[str]
    scenario: NotRequired[str]
    limit: NotRequired[int]
    filter: NotRequired[FilterRequest]
    exclude_product_ids: NotRequired[list[str]]
    weights: NotRequired[dict[str, float]]
    diversity: NotRequired[float]
    seen_policy: NotRequired[SeenPolicyEnum]
    max_per_brand: NotRequired[int]
    max_per_category: NotRequired[int]
    exploration: NotRequired[float]
    fallback: NotRequired[FallbackEnum]
    explain: NotRequired[ExplainEnum]
    product_ids: list[str]
    fields: NotRequired[list[FieldsEnum]]


class ContextRequest(TypedDict):
    """Where in the shop the shopper is."""

    product_ids: NotRequired[list[str]]


class Customer(TypedDict):
    """A customer as known."""

    user_id: str
    created_at: str


class ErasureReceipt(TypedDict):
    """What was deleted; it names no one."""

    receipt_id: str
    erased_at: str
    num_events: int
    num_served_lists: int
    num_visitors: int
    num_rows: int
    model_versions: list[int]


class EventRequest(TypedDict):
    """One thing a shopper did to a product."""

    event_id: NotRequired[str]
    user_id: NotRequired[str]
    visitor_id: NotRequired[str]
    product_id: str
    kind: EventKind
    occurred_at: NotRequired[str | float]
    value: NotRequired[float]
    quantity: NotRequired[int]
    price: NotRequired[float | None | str]
    recommendation_id: NotRequired[str]


class EventVerdict(TypedDict):
    """What became of one event."""

    index: int
    event_id: NotRequired[str]
    status: EventVerdictStatusEnum
    reason: NotRequired[str]


class EventVerdicts(TypedDict):
    """What became of a call."""

    results: list[EventVerdict]
    accepted: int
    duplicate: int
    quarantined: int
    rejected: int


class EventsRequest(TypedDict):
    """Up to 1,000 events."""

    events: list[EventRequest]


class Evidence(TypedDict):
    """The product of the history that one branch finds most alike."""

    product_id: str
    similarity: float


class Explanation(TypedDict):
    """What decided about one product."""

    recommendation_id: str
    product_id: str
    verdict: VerdictEnum
    detail: str
    is_shown: bool
    places: int
    place: int | None
    rank: int | None
    score: float | None
    contributions: dict[str, float]
    reasons: list[Note]
    evidence: dict[str, Evidence]
    filters: list[str]
    model_version: int | None
    explained_by: int | None


class Export(TypedDict):
    """All that is kept of a shopper."""

    shoppers: list[ExportedShopper]
    events: list[ExportedEvent]
    served_lists: list[dict[str, Any]]


class ExportedEvent(TypedDict):
    """Something the shopper did."""

    product_id: str
    event_id: str
    kind: EventKind
    value: float | None
    quantity: int
    price: str | None
    recommendation_id: str | None
    occurred_at: str
    received_at: str


class ExportedShopper(TypedDict):
    """A name the shopper is known by."""

    kind: ShopperKind
    id: str
    created_at: str
    merged_into: str | None


class Fallback(TypedDict):
    """Which step answered."""

    level: Step
    reason: ReasonEnum | BlankEnum


class FieldAtFault(TypedDict):
    """What is wrong with one field."""

    field: str
    code: str
    message: str


class FilterRequest(TypedDict):
    """Which products may be shown."""

    category: NotRequired[str]
    brands: NotRequired[list[str]]
    min_price: NotRequired[float]
    max_price: NotRequired[float]
    attributes: NotRequired[dict[str, str]]


class Image(TypedDict):
    """A picture of a product."""

    position: int
    url: str | None
    width: int | None
    height: int | None
    problem: str


class ImageVerdict(TypedDict):
    """What became of a picture."""

    position: int
    url: str | None
    width: int | None
    height: int | None
    problem: str
    status: ImageVerdictStatusEnum


class Merge(TypedDict):
    """What a merge did."""

    visitor_id: str
    user_id: str
    num_events_moved: int


class MergeRequest(TypedDict):
    """A visitor logged in."""

    visitor_id: str
    user_id: str


class ModelVersion(TypedDict):
    """A version in a list."""

    id: int
    status: NotRequired[ModelVersionStatus]
    run_id: int
    metrics: dict[str, Any]
    gate_outcome: NotRequired[str]
    gate_reason: NotRequired[str]
    override_reason: NotRequired[str]
    data_hash: str
    cutoff: str
    created_at: str
    promoted_at: NotRequired[str | None]


class ModelVersionDetail(TypedDict):
    """A version with its whole report."""

    id: int
    status: NotRequired[ModelVersionStatus]
    run_id: int
    metrics: dict[str, Any]
    gate_outcome: NotRequired[str]
    gate_reason: NotRequired[str]
    override_reason: NotRequired[str]
    data_hash: str
    cutoff: str
    created_at: str
    promoted_at: NotRequired[str | None]
    report: NotRequired[Any]


class Note(TypedDict):
    """One reason for a place; which further fields there are depends on the code."""

    code: str
    rule_id: NotRequired[int]
    rule: NotRequired[str]
    place: NotRequired[int]
    factor: NotRequired[float]
    cap: NotRequired[str]
    support: NotRequired[int]
    confidence: NotRequired[float]
    lift: NotRequired[float]


class PaginatedModelVersionList(TypedDict):
    """PaginatedModelVersionList"""

    next: NotRequired[str | None]
    previous: NotRequired[str | None]
    results: list[ModelVersion]


class PaginatedTrainingRunList(TypedDict):
    """PaginatedTrainingRunList"""

    next: NotRequired[str | None]
    previous: NotRequired[str | None]
    results: list[TrainingRun]


class PatchedProductFieldsRequest(TypedDict):
    """What a shop says about a product."""

    title: NotRequired[str]
    description: NotRequired[str]
    category: NotRequired[str]
    brand: NotRequired[str]
    price: NotRequired[float | None | str]
    currency: NotRequired[str]
    url: NotRequired[str]
    attributes: NotRequired[dict[str, Any]]
    is_available: NotRequired[bool]
    embeddings: NotRequired[dict[str, list[float] | None]]


class Problem(TypedDict):
    """Why a call was refused (RFC 9457)."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    hint: str
    errors: NotRequired[list[FieldAtFault]]


class Product(TypedDict):
    """A product as it is known."""

    title: NotRequired[str]
    description: NotRequired[str]
    category: NotRequired[str]
    brand: NotRequired[str]
    price: float | None
    currency: NotRequired[str]
    url: NotRequired[str]
    attributes: NotRequired[dict[str, Any]]
    is_available: NotRequired[bool]
    embeddings: dict[str, int]
    product_id: str
    images: list[Image]
    created_at: str
    updated_at: str


class ProductCard(TypedDict):
    """What a storefront needs to draw a product."""

    title: str
    url: str
    image_url: str | None
    price: float | None
    currency: str
    category: str


class ProductFieldsRequest(TypedDict):
    """What a shop says about a product."""

    title: NotRequired[str]
    description: NotRequired[str]
    category: NotRequired[str]
    brand: NotRequired[str]
    price: NotRequired[float | None | str]
    currency: NotRequired[str]
    url: NotRequired[str]
    attributes: NotRequired[dict[str, Any]]
    is_available: NotRequired[bool]
    embeddings: NotRequired[dict[str, list[float] | None]]


class ProductVerdict(TypedDict):
    """What became of one row."""

    index: int
    product_id: NotRequired[str]
    status: ProductVerdictStatusEnum
    reason: NotRequired[str]


class ProductVerdicts(TypedDict):
    """What became of a bulk call."""

    results: list[ProductVerdict]
    created: int
    updated: int
    unchanged: int
    rejected: int


class PromotionRequest(TypedDict):
    """How to promote."""

    reason: NotRequired[str]


class RankingRequest(TypedDict):
    """Products to put in order, and for whom."""

    product_ids: list[str]
    user_id: NotRequired[str]
    visitor_id: NotRequired[str]
    context_product_ids: NotRequired[list[str]]
    weights: NotRequired[dict[str, float]]
    scenario: NotRequired[str]
    fields: NotRequired[list[FieldsEnum]]


class Recommendation(TypedDict):
    """One answer."""

    recommendation_id: str
    scenario: str
    model_version: int | None
    results: list[Result]
    fallback: Fallback
    took_ms: float
    cursor: NotRequired[str | None]


class RecommendationRequest(TypedDict):
    """Who asks for what."""

    user_id: NotRequired[str]
    visitor_id: NotRequired[str]
    scenario: NotRequired[str]
    limit: NotRequired[int]
    context: NotRequired[ContextRequest]
    filter: NotRequired[FilterRequest]
    exclude_product_ids: NotRequired[list[str]]
    weights: NotRequired[dict[str, float]]
    diversity: NotRequired[float]
    seen_policy: NotRequired[SeenPolicyEnum]
    max_per_brand: NotRequired[int]
    max_per_category: NotRequired[int]
    exploration: NotRequired[float]
    fallback: NotRequired[FallbackEnum]
    paging: NotRequired[bool]
    explain: NotRequired[ExplainEnum]
    fields: NotRequired[list[FieldsEnum]]


class Result(TypedDict):
    """One product of an answer."""

    product_id: str
    rank: int
    score: float
    source: Step
    contributions: dict[str, float]
    reasons: list[Note]
    evidence: dict[str, Evidence]
    product: NotRequired[ProductCard]


class TrainingRequest(TypedDict):
    """How to train; an empty body takes the defaults."""

    preset: NotRequired[PresetEnum]
    promotion: NotRequired[PromotionEnum]


class TrainingRun(TypedDict):
    """A run in a list."""

    id: int
    status: NotRequired[TrainingRunStatus]
    promotion: NotRequired[PromotionEnum]
    stage: NotRequired[str]
    progress: NotRequired[float]
    message: NotRequired[str]
    error: NotRequired[str]
    version_id: int | None
    num_attempts: NotRequired[int]
    is_cancel_requested: NotRequired[bool]
    cutoff: NotRequired[str | None]
    created_at: str
    started_at: NotRequired[str | None]
    heartbeat_at: NotRequired[str | None]
    finished_at: NotRequired[str | None]


class TrainingRunDetail(TypedDict):
    """A run with everything it told."""

    id: int
    status: NotRequired[TrainingRunStatus]
    promotion: NotRequired[PromotionEnum]
    stage: NotRequired[str]
    progress: NotRequired[float]
    message: NotRequired[str]
    error: NotRequired[str]
    version_id: int | None
    num_attempts: NotRequired[int]
    is_cancel_requested: NotRequired[bool]
    cutoff: NotRequired[str | None]
    created_at: str
    started_at: NotRequired[str | None]
    heartbeat_at: NotRequired[str | None]
    finished_at: NotRequired[str | None]
    config: NotRequired[Any]
    curves: NotRequired[Any]
    log: NotRequired[str]


class Widget(TypedDict):
    """The answer to one question."""

    recommendation_id: str
    scenario: str
    model_version: int | None
    results: list[Result]
    fallback: Fallback
    took_ms: float
    cursor: NotRequired[str | None]
    name: str


class WidgetRequest(TypedDict):
    """One question, and what its answer is called."""

    user_id: NotRequired[str]
    visitor_id: NotRequired[str]
    scenario: NotRequired[str]
    limit: NotRequired[int]
    context: NotRequired[ContextRequest]
    filter: NotRequired[FilterRequest]
    exclude_product_ids: NotRequired[list[str]]
    weights: NotRequired[dict[str, float]]
    diversity: NotRequired[float]
    seen_policy: NotRequired[SeenPolicyEnum]
    max_per_brand: NotRequired[int]
    max_per_category: NotRequired[int]
    exploration: NotRequired[float]
    fallback: NotRequired[FallbackEnum]
    explain: NotRequired[ExplainEnum]
    name: NotRequired[str]
    fields: NotRequired[list[FieldsEnum]]


EventOrEventsRequest = EventsRequest | EventRequest
