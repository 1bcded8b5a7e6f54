"""What a viewer learns in a swarm, through the JSON interface that the page uses."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from selector.browser import handle
from selector.swarm import START

NOW_S = 1_700_000_000.0
# 800 kbit/s.
BODY: dict[str, Any] = {
    "now_s": NOW_S,
    "segment_s": 4,
    "bytes": 400_000,
    "peers": 7,
    "events": [],
}
PEER = {"kind": "peer", "wait_s": 2.0}
LATE = {"kind": "late"}
ORIGIN = {
    "kind": "origin", "ttfb_s": 0.1, "total_s": 0.5, "bytes": 400_000, "own": True, "whole": True,
}  # fmt: skip
SLOW = ORIGIN | {"total_s": 8.0}
UPLOAD = {"kind": "upload", "bytes": 1_000_000, "busy_s": 2.0}
EVENTS = [PEER, LATE, ORIGIN, {"kind": "twice"}, UPLOAD]


def ask(verb: str, body: object) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(handle(json.dumps({"id": 1, "verb": verb, "body": body})))
    return said


def answer(verb: str, body: object) -> Any:  # noqa: ANN401
    said = ask(verb, body)
    assert said["ok"], said
    return said["answer"]


def policy(*events: object, now_s: float = NOW_S, **fields: object) -> dict[str, Any]:
    found: dict[str, Any] = answer(
        "swarm", BODY | {"events": list(events), "now_s": now_s} | fields
    )
    return found


@pytest.fixture(autouse=True)
def opened():
    answer("open", {"seed": 1, "priors": {}})


def test_the_first_policy_is_the_start_policy():
    first = policy()
    assert [set(values) for _, values in first["words"]] == [{"k"}, {"slots"}]
    start = START._replace(stagger_s=BODY["segment_s"], words=())._asdict()
    assert first | {"words": ()} == start


def test_k_rises_after_a_fallback_and_falls_otherwise_within_bounds():
    assert policy(LATE)["k"] > policy(PEER)["k"] > 1
    assert policy(*[LATE] * 64)["k"] == policy(*[LATE] * 64)["k"] == 16
    for _ in range(4):
        policy(*[PEER] * 64)
    assert policy()["k"] == 1
    assert policy(LATE)["k"] > policy({"kind": "twice"})["k"]


def test_k_falls_below_one_while_the_origin_is_scarce_only():
    policy(*[SLOW] * 8)
    raised = policy()["k"]
    assert policy(LATE)["k"] < raised
    assert policy(*[LATE] * 64)["k"] == 0.25
    policy(*[ORIGIN] * 8)
    assert policy(PEER)["k"] == 1


def test_later_ranks_wait_as_long_as_a_scarce_origin_takes():
    assert not policy(ORIGIN)["scarce"]
    assert policy()["fallback_s"] == START.fallback_s
    slow = policy(*[SLOW] * 8)
    assert slow["scarce"]
    assert START.fallback_s < slow["fallback_s"] <= 8
    assert policy(*[SLOW | {"total_s": 3600}] * 64)["fallback_s"] == 8
    assert policy(*[ORIGIN] * 8)["fallback_s"] == START.fallback_s


def test_slots_follow_the_uplink_and_survive_the_visit():
    uplinks = [(100_000, 1), (300_000, 1), (800_000, 4), (10_000_000, 8)]
    for bytes_per_s, slots in uplinks:
        answer("open", {"seed": 1, "priors": {}})
        upload = {"kind": "upload", "bytes": bytes_per_s * 2, "busy_s": 2}
        assert policy(upload)["slots"] == slots, bytes_per_s
    kept = answer("swarm_snapshot", {})
    answer("open", {"seed": 1, "priors": {}})
    assert policy()["slots"] == 2
    assert answer("swarm_restore", {"snapshot": kept}) == {}
    assert policy()["slots"] == 8
    assert set(kept) == {"format", "uplink_bps"}


def test_a_pause_in_demand_does_not_pass_for_a_slow_uplink():
    fast = policy({"kind": "upload", "bytes": 2_000_000, "busy_s": 2})["uplink_bps"]
    assert policy({"kind": "upload", "bytes": 100, "busy_s": 0.01})["uplink_bps"] == fast
    assert policy({"kind": "upload", "bytes": 10_000, "busy_s": 2})["uplink_bps"] > 0.9 * fast


def test_the_stagger_follows_how_long_peers_take():
    for _ in range(3):
        quick = policy(*[PEER | {"wait_s": 1.0 + 0.1 * (n % 2)} for n in range(64)])
    assert quick["stagger_s"] == 2.0
    for _ in range(3):
        steady = policy(*[PEER | {"wait_s": 3.0} for _ in range(64)])
    for _ in range(3):
        uneven = policy(*[PEER | {"wait_s": 2.0 + n % 3} for n in range(64)])
    assert 3.0 <= steady["stagger_s"] < 3.1 < uneven["stagger_s"] < 8.0
    assert policy(*[PEER | {"wait_s": 3600} for _ in range(64)])["stagger_s"] == 8.0


def test_a_scarce_origin_stops_volunteers_for_longer_each_time_until_it_recovers():
    assert policy(ORIGIN)["volunteer"]
    now_s, pauses = NOW_S, []
    for _ in range(8):
        found = policy(*[SLOW] * 8, now_s=now_s)
        assert not found["volunteer"]
        pauses.append(found["backoff_s"])
        now_s += found["backoff_s"]
        assert policy(now_s=now_s)["volunteer"]
    assert pauses == sorted(pauses) and pauses[0] == 4
    assert pauses[-1] == 60
    assert policy(*[ORIGIN] * 8, now_s=now_s)["volunteer"]
    # The breaker starts anew.
    assert policy(*[SLOW] * 8, now_s=now_s)["backoff_s"] == 4


def test_one_slow_fetch_among_fast_ones_stops_nobody():
    assert policy(ORIGIN, ORIGIN, SLOW)["volunteer"]


def test_cut_fetches_count_as_scarce_even_without_bytes():
    cut = ORIGIN | {"whole": False, "bytes": 0, "total_s": 3.0}
    assert not policy(*[cut] * 4)["volunteer"]


def test_a_clock_set_back_neither_raises_nor_prolongs_the_pause():
    paused = policy(*[SLOW] * 8)["backoff_s"]
    assert policy(now_s=NOW_S - 1e6)["backoff_s"] <= paused
    assert policy(now_s=NOW_S - 1e6 + paused)["volunteer"]


BAD = [
    ("now_s", "noon"), ("now_s", -1), ("segment_s", 0), ("segment_s", 1e9), ("segment_s", None),
    ("bytes", 0), ("bytes", 1e18), ("bytes", True), ("peers", -1), ("peers", 10**9),
    ("peers", 1.5), ("events", None), ("events", {}), ("events", [LATE] * 65), ("events", [7]),
    *[("events", [{"kind": kind}]) for kind in ("", "late ", 3, None, "peer", "origin", "upload")],
    *[
        ("events", [event | {name: wrong}])
        for event in (PEER, ORIGIN, UPLOAD)
        for name in event
        for wrong in (None, -1, "1", 1e300, [])
        if name != "kind"
    ],
]  # fmt: skip


@pytest.mark.parametrize(("field", "value"), BAD)
def test_a_bad_field_is_named_and_nothing_is_learned(field: str, value: object):
    before = policy(LATE, UPLOAD)
    good_first = [LATE, *value] if isinstance(value, list) else value
    said = ask("swarm", BODY | {field: good_first})
    assert not said["ok"]
    assert said["error"]["field"].startswith(field)
    assert said["error"]["reason"].startswith("must ")
    assert policy() == before


@pytest.mark.parametrize(
    "snapshot",
    [
        None, [], {}, {"format": "mirrorwise-swarm/2"}, {"format": 1},
        *[
            {"format": "mirrorwise-swarm/1", "uplink_bps": wrong}
            for wrong in ("1", -1, 0, 1e300, True, [])
        ],
    ],
)  # fmt: skip
def test_a_bad_snapshot_is_refused_and_changes_nothing(snapshot: object):
    policy(UPLOAD)
    before = answer("swarm_snapshot", {})
    said = ask("swarm_restore", {"snapshot": snapshot})
    assert not said["ok"] and said["error"]["field"].startswith("snapshot")
    assert answer("swarm_snapshot", {}) == before


seconds = st.floats(0, 3600)
sizes = st.floats(0, 1e9)
events = st.one_of(
    st.fixed_dictionaries({"kind": st.just("peer"), "wait_s": seconds}),
    st.sampled_from([LATE, {"kind": "twice"}]),
    st.fixed_dictionaries(
        {
            "kind": st.just("origin"), "ttfb_s": seconds, "total_s": seconds, "bytes": sizes,
            "own": st.booleans(), "whole": st.booleans(),
        }
    ),
    st.fixed_dictionaries({"kind": st.just("upload"), "bytes": sizes, "busy_s": seconds}),
)  # fmt: skip


@given(
    st.lists(
        st.tuples(st.floats(0, 1e10), st.floats(0.2, 60), st.floats(1, 1e9), st.lists(events)),
        max_size=6,
    )
)
def test_whatever_happens_the_policy_stays_within_its_bounds(messages: list[Any]):
    for now_s, segment_s, size, happened in messages:
        found = policy(*happened[:64], now_s=now_s, segment_s=segment_s, bytes=size)
        assert 0.25 <= found["k"] <= 16
        assert 0.75 <= found["fallback_s"] <= max(0.75, 2.01 * segment_s)
        assert found["slots"] in range(1, 9)
        assert 0.49 * segment_s < found["stagger_s"] < 2.01 * segment_s
        assert found["volunteer"] == (found["backoff_s"] == 0)
        assert 0 <= found["backoff_s"] <= 60.001
        json.dumps(found, allow_nan=False)
    kept = answer("swarm_snapshot", {})
    answer("swarm_restore", {"snapshot": kept})
    assert answer("swarm_snapshot", {}) == kept
