"""The tuning set: the scenarios on which constants may be tuned."""

from benchmarks.selection.world.scenario import Scenario

SCENARIOS = (
    Scenario("stable", 1001),
    Scenario("close race", 1002, rate_sd=0.15, viewer_sd=0.15, rate_mbps=6.0),
    Scenario("best host shifts", 1003, change="shifts"),
    Scenario("best host degrades", 1004, change="degrades"),
    Scenario("flaky", 1005, error_rate=0.03, miss_rate=0.2),
    Scenario("outages", 1006, failures_per_s=1 / 200, repair_s=30.0),
    Scenario(
        "mobile 4G",
        1007,
        access_kind="4g",
        access_mbps=9.0,
        rtt_s=0.09,
        rate_mbps=8.0,
        path_kinds=("steady", "web"),
    ),
    Scenario("mobile 3G", 1008, access_kind="3g", access_mbps=3.0, rtt_s=0.15, rate_mbps=5.0),
    Scenario("access-limited", 1009, access_mbps=5.0, rate_mbps=9.0),
    Scenario("weak prior", 1010, prior="weak"),
    Scenario("wrong prior", 1011, prior="wrong"),
    Scenario("inverted prior", 1012, prior="inverted"),
    Scenario("no prior", 1013, prior="none"),
    Scenario("short", 1014, segments=8),
    Scenario("return visits", 1015, segments=15, visits=4),
    Scenario("many mirrors", 1016, mirrors=12),
    Scenario("evicted", 1017, evicted=2, change_at=0.25),
    Scenario("corrupt mirror", 1018, corrupt=1),
    Scenario("slow mirror", 1019, slow=1, prior="none"),
    Scenario("busy paths", 1020, path_kinds=("busy", "web"), rate_mbps=6.0),
    Scenario("live", 1021, live=True),
    Scenario("peers", 1022, peer_share=0.4),
)
