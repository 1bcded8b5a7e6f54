"""The worlds the table is made from. Nothing may be tuned on them.

Seeds differ from the tuning set's, and so do the parameters, so that a constant fitted to one
set of situations has to serve in another.
"""

from benchmarks.selection.scenario import Scenario

SCENARIOS = (
    Scenario("stable", 7001, rate_mbps=4.5, rtt_s=0.05, segments=70),
    Scenario("close race", 7002, rate_sd=0.1, viewer_sd=0.2, rate_mbps=7.0, mirrors=5),
    Scenario("best host shifts", 7003, change="shifts", change_at=0.35, rate_mbps=6.0),
    Scenario("best host degrades", 7004, change="degrades", change_at=0.4, mirrors=3),
    Scenario("flaky", 7005, error_rate=0.05, miss_rate=0.15, rtt_s=0.08),
    Scenario("outages", 7006, failures_per_s=1 / 250, repair_s=45.0, mirrors=5),
    Scenario(
        "mobile 4G",
        7007,
        access_kind="4g",
        access_mbps=12.0,
        rtt_s=0.08,
        rate_mbps=7.0,
        path_kinds=("web", "steady"),
    ),
    Scenario("mobile 3G", 7008, access_kind="3g", access_mbps=2.5, rtt_s=0.18, rate_mbps=4.0),
    Scenario("access-limited", 7009, access_mbps=4.0, rate_mbps=8.0, access_kind="web"),
    Scenario("weak prior", 7010, prior="weak", mirrors=6),
    Scenario("wrong prior", 7011, prior="wrong", rate_mbps=6.0, rate_sd=0.9),
    Scenario("inverted prior", 7012, prior="inverted", rate_mbps=6.0, mirrors=3),
    Scenario("no prior", 7013, prior="none", rate_mbps=6.0, rate_sd=0.9),
    Scenario("short", 7014, segments=8, rate_mbps=6.0),
    Scenario("return visits", 7015, segments=12, visits=5, gap_days=2.0),
    Scenario("many mirrors", 7016, mirrors=16, rate_mbps=4.0),
    Scenario("evicted", 7017, evicted=2, change_at=0.4, mirrors=5),
    Scenario("corrupt mirror", 7018, corrupt=2, mirrors=5),
    Scenario("slow mirror", 7019, slow=2, mirrors=5, prior="weak"),
    Scenario("busy paths", 7020, path_kinds=("busy",), rate_mbps=7.0),
)
