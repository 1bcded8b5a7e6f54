"""The families: each a kind of world of its own. What is tuned on some is judged on the others."""

from benchmarks.selection.world.family import Family, always, between, one_of, whole

SCENARIOS = (
    Family("anything", 501),
    Family("one or two mirrors", 502, {"mirrors": whole(1, 2)}),
    Family("8 to 15 mirrors", 503, {"mirrors": whole(8, 15), "rate": between(0.2, 0.8)}),
    Family("very unequal", 504, {"rate_sd": between(1.0, 1.5), "rtt_sd": between(1.0, 1.5)}),
    Family("all alike", 505, {"rate_sd": always(0.05), "viewer_sd": always(0.1)}),
    Family(
        "personal devices",
        506,
        {
            "rtt_s": between(0.1, 0.3),
            "rtt_sd": between(0.8, 1.2),
            "path_kinds": one_of(("busy",), ("web", "busy")),
            "rate": between(0.3, 1.0),
        },
    ),
    Family("far and fast", 507, {"rtt_s": between(0.15, 0.3), "rate": between(2.0, 10.0)}),
    Family("high resolutions", 508, {"top_mbps": between(10.0, 20.0), "access": between(1.5, 4.0)}),
    Family(
        "slow radio",
        509,
        {
            "top_mbps": between(0.6, 2.0),
            "access_kind": always("3g"),
            "access": between(0.7, 2.0),
            "rtt_s": between(0.1, 0.3),
            "rate": between(0.5, 3.0),
        },
    ),
    Family("access link the limit", 510, {"access": between(0.4, 1.2), "rate": between(0.5, 3.0)}),
    Family("segments of 1 s", 511, {"segment_s": always(1.0), "minutes": between(1.0, 3.0)}),
    Family("segments of 10 s", 512, {"segment_s": always(10.0)}),
    Family("short", 513, {"minutes": between(0.3, 0.7)}),
    Family("wrong prior", 514, {"prior": one_of("wrong", "inverted")}),
    Family("no prior", 515, {"prior": always("none")}),
    Family(
        "rate limit after a burst",
        516,
        {"burst_mb": between(1.0, 10.0), "after_burst": between(0.15, 0.6)},
    ),
    Family(
        "swinging rates",
        517,
        {"swing": between(2.0, 8.0), "swing_s": between(10.0, 180.0)},
    ),
    Family("limit per request", 518, {"request": between(0.3, 1.5), "rate": between(1.0, 4.0)}),
    Family("one link for half", 519, {"shared": between(0.4, 1.5), "mirrors": whole(3, 8)}),
    Family(
        "leaving the Wi-Fi", 520, {"change": always("handover"), "change_at": between(0.2, 0.7)}
    ),
    Family(
        "the best one changes",
        521,
        {
            "change": one_of("shifts", "degrades"),
            "change_at": between(0.2, 0.7),
            "mirrors": whole(2, 8),
        },
    ),
    Family(
        "flapping",
        522,
        {"failures_per_s": between(1 / 200, 1 / 40), "repair_s": between(5.0, 40.0)},
    ),
    Family("one is bad", 523, {"slow": one_of(0, 1), "corrupt": always(1), "mirrors": whole(2, 6)}),
    Family("live", 524, {"live": always(True), "segment_s": one_of(2.0, 4.0)}),
)
