"""The rules by which a viewer fetches: PeerTube's loader, fixed numbers of seeds, and ours."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Rules:
    """What a viewer's loader does. The defaults are p2p-media-loader 2.2.2 as PeerTube sets it."""

    name: str
    p2p: bool = True
    # What came by HTTP is announced at the next broadcast only (2.2.2).
    loses_announcements: bool = True
    # Peers are chosen by throughput (2.3.1).
    weighs_peers: bool = False
    message_bytes: int = 64_000
    # Every viewer downloads random segments from the origin.
    random_http: bool = True
    # Seconds before the playhead at which the origin is asked; running P2P is cut.
    high_demand_s: float = 4.0
    cuts_p2p: bool = True
    # Uploads at once; None without limit, 0 as learned.
    slots: int | None = None
    # Seeds per segment; None: nobody volunteers, 0: as learned.
    k: float | None = None
    # Later ranks volunteer as well, one stagger after the other.
    relay: bool = False
    # Fallbacks wait for their rank, so many seconds each, at most so many segments.
    ranked_fallback_s: float = 0.0
    longest_rank_segments: float = 1.0
    # A fallback waits for what a neighbour loads or has, as long as its rank could make it wait.
    waits_for_others: bool = False
    # … but not below so much buffer, unless the origin is scarce.
    patience_s: float = 2.0
    # Before the first picture nobody is waited for longer.
    start_wait_s: float = 0.0
    # Fetches of our own are announced when they begin.
    announces_early: bool = False
    # Nobody volunteers while the origin is scarce.
    backs_off: bool = False
    # A fetch of our own is given up, and its bytes lost, after this time.
    gives_up_s: float | None = None
    # Weak uplinks volunteer one stagger later.
    yields: bool = False
    learns: bool = False


STOCK = Rules("PeerTube, 2.2.2")
NEWER = replace(STOCK, name="PeerTube, 2.3.1", loses_announcements=False, weighs_peers=True)
ALL_HTTP = replace(STOCK, name="all HTTP", p2p=False, random_http=False)
PROTOTYPE = replace(
    STOCK, name="fixed k = 1", loses_announcements=False, message_bytes=16_000,
    random_http=False, slots=2, k=1.0, gives_up_s=8.0,
)  # fmt: skip
# What the plugin does today: announcements that are not lost, and two uploads at once.
SHIPPED = replace(STOCK, name="Mirrorwise", loses_announcements=False, slots=2)
OURS = replace(
    PROTOTYPE, name="ours, not built in yet", slots=0, k=0.0, gives_up_s=None, relay=True,
    cuts_p2p=False, high_demand_s=5.0, ranked_fallback_s=0.75, longest_rank_segments=12.0,
    waits_for_others=True, announces_early=True, start_wait_s=1.0, backs_off=True, yields=True,
    learns=True,
)  # fmt: skip

PEERS = (STOCK, NEWER, ALL_HTTP, SHIPPED, PROTOTYPE, OURS)
ABLATIONS = (
    replace(OURS, name="ours, without waiting for others", waits_for_others=False),
    replace(OURS, name="ours, without relay", relay=False),
    replace(OURS, name="ours, own fetches announced late", announces_early=False),
    replace(OURS, name="ours, without back-off", backs_off=False),
    replace(OURS, name="ours, fallbacks without rank", ranked_fallback_s=0.001),
    replace(OURS, name="ours, two slots", slots=2),
    replace(OURS, name="ours, k = 1", k=1.0),
    replace(OURS, name="ours, no wait at the start", start_wait_s=0.0),
)
