"""The judging set: the scenarios of the published tables. Nothing may be tuned on them.

Seeds and parameters differ from those of the tuning set, so that constants fitted to one set are
tested on another.
"""

from benchmarks.selection.world.scenario import Scenario

SCENARIOS = (
    Scenario("stable", 9301, rate_mbps=4.8, rtt_s=0.07, segments=50),
    Scenario("close race", 9302, rate_sd=0.12, viewer_sd=0.18, rate_mbps=5.0, mirrors=6),
    Scenario("best host shifts", 9303, change="shifts", change_at=0.4, rate_mbps=5.0, mirrors=5),
    Scenario("best host degrades", 9304, change="degrades", change_at=0.3, rate_mbps=5.0),
    Scenario("flaky", 9305, error_rate=0.04, miss_rate=0.25, rtt_s=0.05),
    Scenario("outages", 9306, failures_per_s=1 / 300, repair_s=40.0, mirrors=3),
    Scenario(
        "mobile 4G",
        9307,
        access_kind="4g",
        access_mbps=10.0,
        rtt_s=0.1,
        rate_mbps=6.0,
        path_kinds=("steady", "web", "steady"),
    ),
    Scenario("mobile 3G", 9308, access_kind="3g", access_mbps=3.5, rtt_s=0.14, rate_mbps=4.5),
    Scenario("access-limited", 9309, access_mbps=4.5, rate_mbps=7.0, mirrors=5),
    Scenario("weak prior", 9310, prior="weak", mirrors=5, rate_mbps=4.5),
    Scenario("wrong prior", 9311, prior="wrong", rate_mbps=5.0, mirrors=5),
    Scenario("inverted prior", 9312, prior="inverted", rate_mbps=5.0, rate_sd=0.6),
    Scenario("no prior", 9313, prior="none", rate_mbps=5.0, mirrors=5),
    Scenario("short", 9314, segments=8, rate_mbps=4.5, rtt_s=0.05),
    Scenario("return visits", 9315, segments=18, visits=4, gap_days=3.0, rate_mbps=4.5),
    Scenario("many mirrors", 9316, mirrors=10, rate_mbps=3.5, rate_sd=0.8),
    Scenario("evicted", 9317, evicted=1, change_at=0.35, rate_mbps=4.5),
    Scenario("corrupt mirror", 9318, corrupt=1, mirrors=3, rate_mbps=5.0),
    Scenario("slow mirror", 9319, slow=1, mirrors=3, prior="weak", rate_mbps=5.0),
    Scenario("busy paths", 9320, path_kinds=("busy", "web", "busy"), rate_mbps=5.0, mirrors=5),
    Scenario("live", 9321, live=True, rate_mbps=4.5, mirrors=5, segments=50),
    Scenario("peers", 9322, peer_share=0.3, rate_mbps=4.5, mirrors=5),
)
