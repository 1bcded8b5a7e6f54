"""Latency of a decision and of an update in Python.

`measure` also runs in the browser's worker, so it imports nothing but the engine. As
`python -m benchmarks.decision.engine` it prints one JSON line for each number of hosts.
"""

import json
from time import perf_counter

from selector import browser
from selector.bandit import Outcome, Plan, PlanRequest, Selector

START_S = 1_700_000_000.0
SEGMENT_S = 4.0
SEGMENT_BYTES = 1_500_000


def measure(hosts: int, rounds: int) -> dict[str, float]:
    """Return p50 and p99 of plan and observe, called directly and by JSON message.

    Every plan is observed before the next, 4 s later, as in the middle of a film; the hosts
    differ in speed, and one fetch in fifty is refused.
    """
    names = [f"https://mirror-{number}.example" for number in range(hosts)]
    selector = Selector(seed=1)
    browser.handle(message("open", {"seed": 1, "priors": {}}))
    taken: dict[str, list[float]] = {}

    def timed(what: str, began: float) -> None:
        taken.setdefault(what, []).append(1e6 * (perf_counter() - began))

    for number in range(rounds):
        request = PlanRequest(START_S + SEGMENT_S * number, names, SEGMENT_BYTES, SEGMENT_S, 12.0)
        plan_message = message("plan", request._asdict())
        began = perf_counter()
        plan = selector.plan(request)
        timed("plan", began)
        outcome = ended(plan, request.now_s, refused=number % 50 == 49)
        observe_message = message("observe", outcome._asdict() | {"public": True})
        began = perf_counter()
        selector.observe(outcome)
        timed("observe", began)
        began = perf_counter()
        browser.handle(plan_message)
        timed("plan by message", began)
        began = perf_counter()
        browser.handle(observe_message)
        timed("observe by message", began)
    return {
        f"{what} p{percent}, µs": sorted(costs)[len(costs) * percent // 100]
        for what, costs in taken.items()
        for percent in (50, 99)
    }


def message(verb: str, body: dict[str, object]) -> str:
    """Return the JSON message that the page would send."""
    return json.dumps({"id": 1, "verb": verb, "body": body})


def ended(plan: Plan, now_s: float, refused: bool) -> Outcome:
    """Return the outcome of the segment from the chosen host."""
    host = plan.ranking[0]
    speed = 1 + sum(map(ord, host)) % 7
    ttfb_s, body_s = 0.3 / speed, 2.4 / speed
    return Outcome(
        plan=plan.plan,
        host=host,
        now_s=now_s + ttfb_s + body_s,
        kind="http-error" if refused else "ok",
        status=503 if refused else 206,
        ttfb_s=ttfb_s,
        total_s=ttfb_s + body_s,
        bytes=0 if refused else SEGMENT_BYTES,
        cold=False,
        overlapped=False,
    )


if __name__ == "__main__":
    for count in (2, 4, 8, 16):
        print(json.dumps({"hosts": count} | measure(count, rounds=2000), ensure_ascii=False))
