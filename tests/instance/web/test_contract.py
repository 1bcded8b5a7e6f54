"""Contract: whatever it is sent, the service answers as `/openapi.json` says."""

from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from tests.instance.service import ADMIN_TOKEN, HOST, SECRET, Process
from tests.instance.waiting import PATIENCE_S


@pytest.fixture(scope="module")
def document(serve: Callable[..., Process]) -> Any:  # noqa: ANN401 - schemathesis's own
    """Return what a service that runs in a process of its own publishes."""
    process = serve(
        MIRRORWISE_SECRET=SECRET,
        MIRRORWISE_ADMIN_TOKEN=ADMIN_TOKEN,
        MIRRORWISE_PUBLIC_URL="https://mirrorwise.video.example",
        MIRRORWISE_REQUESTS_PER_MINUTE="10000",
        # The service asks reported mirrors for whom else they are there: none that was made up.
        MIRRORWISE_HOSTS=HOST,
    )
    return schemathesis.openapi.from_url(f"{process.url}/openapi.json")


VALID, WRONG = GenerationMode.POSITIVE, GenerationMode.NEGATIVE


@pytest.mark.parametrize(
    ("method", "path", "mode"),
    [
        ("POST", "/api/v1/reports", VALID),
        ("POST", "/api/v1/reports", WRONG),
        ("GET", "/api/v1/priors", VALID),
        ("GET", "/api/v1/priors", WRONG),
        ("POST", "/api/v1/events", VALID),
        ("POST", "/api/v1/events", WRONG),
        ("POST", "/api/v1/videos/gone", VALID),
        ("POST", "/api/v1/videos/gone", WRONG),
        ("POST", "/api/v1/forget", VALID),
        ("POST", "/api/v1/forget", WRONG),
        ("GET", "/api/v1/recommendations/videos", VALID),
        ("GET", "/api/v1/recommendations/videos", WRONG),
        ("POST", "/api/v1/recommendations/videos", VALID),
        ("POST", "/api/v1/recommendations/videos", WRONG),
        ("GET", "/api/v1/recommendations/neighbours", VALID),
        ("GET", "/api/v1/operator/mirrors", VALID),
        ("GET", "/api/v1/operator/recommendations", VALID),
        ("GET", "/api/v1/operator/graph", VALID),
        ("POST", "/api/v1/operator/ranking", VALID),
        ("GET", "/api/v1/federation/documents", VALID),
        ("GET", "/api/v1/federation/documents/{number}", VALID),
        ("GET", "/api/v1/operator/federation", VALID),
        ("POST", "/api/v1/operator/federation", VALID),
        ("POST", "/api/v1/operator/federation", WRONG),
        ("GET", "/report.json", VALID),
        ("GET", "/report.csv", VALID),
        ("GET", "/metrics", VALID),
        ("GET", "/health", VALID),
    ],
)
def test_no_request_is_answered_otherwise_than_published(
    document: Any,  # noqa: ANN401
    method: str,
    path: str,
    mode: GenerationMode,
):
    token = SECRET if method == "POST" and "operator" not in path else ADMIN_TOKEN

    @given(case=document[path][method].as_strategy(generation_mode=mode))
    @settings(
        max_examples=15,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def check(case: schemathesis.Case) -> None:
        # What is of the right shape may still name a day long past, or too many hosts.
        case.call_and_validate(
            headers={"Authorization": f"Bearer {token}"},
            timeout=PATIENCE_S,
            excluded_checks=[positive_data_acceptance],
        )

    check()
