"""An acknowledged report is counted exactly once, whoever is killed."""

import random

import pytest

from tests.instance.journal.crash import crash


@pytest.mark.parametrize("servers", [[], ["postgres"], ["postgres", "redis"]], ids=str)
def test_what_was_acknowledged_is_counted_once_after_any_crash(
    servers: list[str], request: pytest.FixtureRequest
):
    running = [request.getfixturevalue(name) for name in servers]
    verdict = crash(running, kills=5, rng=random.Random(1))  # noqa: S311
    assert verdict.passed, verdict
