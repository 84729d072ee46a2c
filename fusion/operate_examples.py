"""Examples of training and versions for the API's description."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

RUN: dict[str, Any] = {
    "id": 12,
    "status": "running",
    "promotion": "gate",
    "stage": "behaviour",
    "progress": 0.4,
    "message": "epoch 3 of 6",
    "error": "",
    "version_id": None,
    "num_attempts": 1,
    "is_cancel_requested": False,
    "cutoff": "2026-06-01T12:00:00Z",
    "created_at": "2026-06-01T11:59:58Z",
    "started_at": "2026-06-01T12:00:00Z",
    "heartbeat_at": "2026-06-01T12:01:07Z",
    "finished_at": None,
}
RUN_DETAIL = {
    **RUN,
    "config": {"seed": 0, "history_length": 50},
    "curves": {"behaviour.loss": [[1, 6.1], [2, 5.4]]},
    "log": "12:00:00 behaviour: 48,210 interactions\n",
}
VERSION: dict[str, Any] = {
    "id": 7,
    "status": "active",
    "run_id": 12,
    "metrics": {"recall@20": {"value": 0.31, "low": 0.29, "high": 0.33}},
    "gate_outcome": "passed",
    "gate_reason": "Better than popularity and item-kNN.",
    "override_reason": "",
    "data_hash": "9f2c",
    "cutoff": "2026-06-01T12:00:00Z",
    "created_at": "2026-06-01T12:09:11Z",
    "promoted_at": "2026-06-01T12:09:12Z",
}
VERSION_DETAIL = {**VERSION, "report": {"contestants": {"late_fusion": VERSION["metrics"]}}}

TRAIN = OpenApiExample("Usual", value={"preset": "standard"}, request_only=True)
OVERRIDE = OpenApiExample(
    "Against the gate", value={"reason": "The new season needs it."}, request_only=True
)
A_RUN = OpenApiExample("A run", value=RUN, response_only=True)
RUN_ASKED_FOR = OpenApiExample("A run", value=RUN_DETAIL, response_only=True, status_codes=["202"])
RUN_AS_KNOWN = OpenApiExample("A run", value=RUN_DETAIL, response_only=True)
A_VERSION = OpenApiExample("A version", value=VERSION, response_only=True)
VERSION_AS_KNOWN = OpenApiExample("A version", value=VERSION_DETAIL, response_only=True)
