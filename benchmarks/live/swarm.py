"""One simulated swarm: time in steps, flows that share uplinks fairly, loaders by their rules."""

from __future__ import annotations

from math import ceil
from typing import NamedTuple

import numpy as np

from benchmarks.live.peers import Rules
from benchmarks.live.scenario import Scenario
from selector.swarm import START, Event, Policy, Segment, Swarm

STEP_S = 0.25
# PeerTube: played this many segments behind the edge; playlists list so many.
BEHIND, LISTED = 5, 15
HTTP_AT_ONCE, P2P_AT_ONCE = 2, 3
HTTP_TIMEOUT_S, P2P_TIMEOUT_S = 3.0, 2.0
P2P_ERRORS = 3
OFFERS, ANNOUNCE_S = 5, 120.0
RTT_S = 0.1
ORIGIN = -1


class Flow:
    """One transfer; sizes are in segments."""

    __slots__ = ("began_s", "done", "dst", "idle_s", "own", "seg", "src")

    def __init__(self, dst: int, seg: int, src: int, now_s: float, own: bool) -> None:
        self.dst, self.seg, self.src, self.began_s, self.own = dst, seg, src, now_s, own
        self.done = 0.0
        self.idle_s = 0.0


class Viewer:
    """One viewer: player, loader and link."""

    def __init__(self, rules: Rules, uplink: float, now_s: float, phase: float) -> None:
        self.rules, self.uplink, self.joined_s, self.phase = rules, uplink, now_s, phase
        self.leaves_s = np.inf
        self.liar = self.mute = False
        self.peers: dict[int, int] = {}
        self.have: set[int] = set()
        self.part: dict[int, float] = {}
        self.announced: set[int] = set()
        self.loading: set[int] = set()
        self.flows: dict[int, Flow] = {}
        self.uploads = 0
        self.absent: set[tuple[int, int]] = set()
        self.pos: float | None = None
        self.edge = -1
        self.known_s: dict[int, float] = {}
        self.next = -1
        self.started = False
        self.start_s = self.stall_s = self.latency_s = self.played_s = 0.0
        self.random_s = now_s + 1.0
        self.announce_s = now_s + ANNOUNCE_S
        self.late: set[int] = set()
        self.due_s: dict[int, float] = {}
        self.swarm = Swarm() if rules.learns else None
        self.policy: Policy = START
        self.events: list[Event] = []
        self.sent = self.busy_s = 0.0


class Outcome(NamedTuple):
    """What a swarm cost: of the origin, as a share of all HTTP, and of its viewers."""

    share: float
    copies: float
    # Per viewer: until the first picture; stalled in ten minutes.
    start_s: float
    stall_s: float
    latency_s: float
    # Median from the playlist until a peer has delivered.
    wait_s: float


class Simulation:
    """A swarm whose viewers follow `rules`; those without the plugin follow `others`."""

    def __init__(self, world: Scenario, seed: int, rules: Rules, others: Rules) -> None:
        self.world, self.rules, self.others = world, rules, others
        # One stream for what the world is, one for what viewers do: pairs see the same world.
        self.fate = np.random.default_rng([seed, 1])
        self.random = np.random.default_rng([seed, 2])
        self.now_s = 0.0
        self.viewers: dict[int, Viewer] = {}
        self.gone: list[Viewer] = []
        self.waits: list[float] = []
        self.sent = 0.0
        self.salt = int(self.fate.integers(1 << 30))
        joins = np.sort(self.fate.uniform(0, world.join_s, world.viewers))
        self.arrivals = [(float(at), self._draw()) for at in joins]
        self.born = 0

    def _draw(self) -> dict[str, float]:
        names = ("phase", "plugin", "liar", "mute", "stay")
        return dict(zip(names, (float(x) for x in self.fate.random(5)), strict=True)) | {
            "normal": float(self.fate.standard_normal())
        }

    def run(self) -> Outcome:
        """Play the live to its end."""
        while self.now_s < self.world.duration_s:
            self._join_and_leave()
            self._move_bytes()
            self._play()
            for me in self.random.permutation(list(self.viewers)):
                self._poll(int(me))
                self._load(int(me))
            self.now_s += STEP_S
        everyone = [*self.gone, *self.viewers.values()]
        played = sum(viewer.played_s for viewer in everyone)
        stalled = sum(viewer.stall_s for viewer in everyone)
        starting = sum(viewer.start_s for viewer in everyone)
        segments = (played + stalled + starting) / self.world.segment_s
        return Outcome(
            # Without P2P each fetches what it starts with, and all that comes while it is there.
            share=self.sent / (segments + BEHIND * len(everyone)),
            copies=self.sent / self.world.duration_s * self.world.segment_s,
            start_s=starting / len(everyone),
            stall_s=600 * stalled / max(played + stalled, 1.0),
            latency_s=sum(viewer.latency_s for viewer in everyone) / max(played, 1.0),
            wait_s=float(np.median(self.waits)) if self.waits else 0.0,
        )

    # Who is there.

    def _join_and_leave(self) -> None:
        for me in [me for me, viewer in self.viewers.items() if viewer.leaves_s <= self.now_s]:
            self._leave(me)
            self.arrivals.append((self.now_s + 0.01, self._draw()))
        while self.arrivals and self.arrivals[0][0] <= self.now_s:
            self._join(self.arrivals.pop(0)[1])
        for me, viewer in self.viewers.items():
            if viewer.announce_s <= self.now_s:
                viewer.announce_s += ANNOUNCE_S
                self._connect(me)

    def _join(self, drawn: dict[str, float]) -> None:
        world = self.world
        spread = world.uplink_sd
        uplink = world.uplink * float(np.exp(spread * drawn["normal"] - spread**2 / 2))
        rules = self.rules if drawn["plugin"] < world.plugin else self.others
        me, self.born = self.born, self.born + 1
        viewer = Viewer(rules, uplink, self.now_s, drawn["phase"])
        viewer.liar, viewer.mute = drawn["liar"] < world.liars, drawn["mute"] < world.mute
        if world.stay_s:
            viewer.leaves_s = self.now_s - world.stay_s * float(np.log(1 - drawn["stay"]))
        self.viewers[me] = viewer
        self._connect(me)

    def _connect(self, me: int) -> None:
        mine = self.viewers[me]
        strangers = [k for k in self.viewers if k != me and k not in mine.peers]
        self.random.shuffle(strangers)
        for other in strangers[:OFFERS]:
            if not mine.rules.p2p or self._hash(min(me, other), -max(me, other)) < (
                self.world.unconnectable
            ):
                continue
            mine.peers[other] = self.viewers[other].peers[me] = 0
            for viewer in (mine, self.viewers[other]):
                viewer.announced |= viewer.have

    def _leave(self, me: int) -> None:
        viewer = self.viewers[me]
        for flow in list(viewer.flows.values()):
            self._end(flow, whole=False)
        for other in list(viewer.peers):
            self._disconnect(me, other)
        self.gone.append(self.viewers.pop(me))

    def _disconnect(self, me: int, other: int) -> None:
        self.viewers[me].peers.pop(other, None)
        self.viewers[other].peers.pop(me, None)
        for one, two in ((me, other), (other, me)):
            for flow in [f for f in self.viewers[one].flows.values() if f.src == two]:
                self._end(flow, whole=False)

    def _hash(self, one: int, two: int) -> float:
        mixed = (one * 0x9E3779B97F4A7C15 + two * 0xC2B2AE3D27D4EB4F + self.salt) % (1 << 64)
        mixed = ((mixed ^ (mixed >> 31)) * 0xBF58476D1CE4E5B9) % (1 << 64)
        return float(((mixed ^ (mixed >> 29)) >> 11) / (1 << 53))

    # Bytes.

    def _move_bytes(self) -> None:
        flows = [flow for viewer in self.viewers.values() for flow in viewer.flows.values()]
        live = [flow for flow in flows if self.now_s - flow.began_s >= RTT_S]
        http = sum(flow.src == ORIGIN for flow in live)
        share = np.inf if self.world.origin is None else self.world.origin / max(http, 1)
        for viewer in self.viewers.values():
            viewer.uploads = 0
        downs: dict[int, int] = {}
        for flow in live:
            downs[flow.dst] = downs.get(flow.dst, 0) + 1
            if flow.src != ORIGIN:
                self.viewers[flow.src].uploads += 1
        for flow in live:
            receiver = self.viewers[flow.dst]
            if receiver.flows.get(flow.seg) is not flow:
                continue
            cap = self.world.downlink / downs[flow.dst]
            if flow.src == ORIGIN:
                rate = min(share, cap)
            else:
                sender = self.viewers[flow.src]
                rate = min(sender.uplink / sender.uploads, cap)
            self._advance(flow, receiver, rate * STEP_S / self.world.segment_s)
        for viewer in self.viewers.values():
            if viewer.uploads:
                viewer.busy_s += STEP_S

    def _advance(self, flow: Flow, receiver: Viewer, size: float) -> None:
        size = min(size, 1.0 - receiver.part.get(flow.seg, 0.0))
        receiver.part[flow.seg] = receiver.part.get(flow.seg, 0.0) + size
        flow.done += size
        if flow.src == ORIGIN:
            self.sent += size
        else:
            sender = self.viewers[flow.src]
            sender.sent += size
            # A message counts when it is whole.
            message = sender.rules.message_bytes / self.world.segment_bytes
            flow.idle_s = message * STEP_S / max(size, 1e-9)
        age_s = self.now_s - flow.began_s
        if receiver.part[flow.seg] >= 1.0 - 1e-9:
            self._end(flow, whole=True)
        elif flow.src == ORIGIN:
            if flow.own and receiver.rules.gives_up_s and age_s > receiver.rules.gives_up_s:
                receiver.part[flow.seg] = 0.0
                self._end(flow, whole=False)
        elif flow.idle_s > P2P_TIMEOUT_S and age_s > P2P_TIMEOUT_S:
            receiver.peers[flow.src] += 1
            self._end(flow, whole=False)
            if receiver.peers[flow.src] >= P2P_ERRORS:
                self._disconnect(flow.dst, flow.src)

    def _end(self, flow: Flow, *, whole: bool) -> None:
        me, viewer = flow.dst, self.viewers[flow.dst]
        viewer.flows.pop(flow.seg, None)
        viewer.loading.discard(flow.seg)
        if flow.src == ORIGIN:
            size = flow.done * self.world.segment_bytes
            took_s = self.now_s - flow.began_s
            viewer.events.append(
                Event("origin", total_s=took_s, bytes=size, own=flow.own, whole=whole)
            )
        elif flow.src in self.viewers:
            # A slot is free: announced again, so that who was turned away asks again.
            for other in self.viewers[flow.src].peers:
                self.viewers[other].absent.discard((flow.src, flow.seg))
        if not whole:
            return
        if flow.src != ORIGIN and self.viewers[flow.src].liar:
            viewer.part[flow.seg] = 0.0
            self._disconnect(me, flow.src)
            return
        viewer.have.add(flow.seg)
        if flow.src != ORIGIN:
            viewer.peers[flow.src] = 0
            wait_s = self.now_s - viewer.known_s[flow.seg]
            self.waits.append(wait_s)
            viewer.events.append(Event("peer", wait_s=wait_s))
        lost = flow.src == ORIGIN and viewer.rules.loses_announcements
        self._announce(me, viewer.have - {flow.seg} if lost else viewer.have)

    def _announce(self, me: int, have: set[int]) -> None:
        viewer = self.viewers[me]
        viewer.announced |= have
        for other in viewer.peers:
            absent = self.viewers[other].absent
            if absent:
                absent -= {pair for pair in absent if pair[0] == me}

    # The player.

    def _poll(self, me: int) -> None:
        viewer, segment_s = self.viewers[me], self.world.segment_s
        edge = int(self.now_s / segment_s + LISTED + 1e-9)
        phase = int(self.now_s / segment_s - viewer.phase)
        if viewer.edge >= 0 and phase == int((self.now_s - STEP_S) / segment_s - viewer.phase):
            return
        if edge == viewer.edge:
            return
        if viewer.pos is None or viewer.next < edge - LISTED:
            viewer.next = edge - BEHIND
            viewer.pos = viewer.next * segment_s
        for seg in range(max(viewer.edge + 1, viewer.next), edge + 1):
            viewer.known_s.setdefault(seg, self.now_s)
        viewer.edge = edge
        if viewer.liar:
            viewer.announced |= set(range(viewer.next, edge + 1))
        if viewer.swarm:
            self._learn(viewer, viewer.swarm)

    def _learn(self, viewer: Viewer, swarm: Swarm) -> None:
        if viewer.busy_s:
            size = viewer.sent * self.world.segment_bytes
            viewer.events.append(Event("upload", bytes=size, busy_s=viewer.busy_s))
        segment = Segment(self.world.segment_s, self.world.segment_bytes, len(viewer.peers))
        viewer.policy = swarm.learn(self.now_s, segment, viewer.events[-64:])
        viewer.events, viewer.sent, viewer.busy_s = [], 0.0, 0.0

    def _play(self) -> None:
        for viewer in self.viewers.values():
            if viewer.pos is None:
                continue
            while viewer.next in viewer.have:
                viewer.next += 1
            end_s = viewer.next * self.world.segment_s
            if end_s - viewer.pos >= STEP_S:
                viewer.started = True
                viewer.pos += STEP_S
                viewer.played_s += STEP_S
                viewer.latency_s += STEP_S * (
                    self.now_s + (LISTED + 1) * self.world.segment_s - viewer.pos
                )
            elif viewer.started:
                viewer.stall_s += STEP_S
            else:
                viewer.start_s += STEP_S

    # The loader.

    def _load(self, me: int) -> None:
        viewer = self.viewers[me]
        if viewer.pos is None:
            return
        for stale in [f for f in viewer.flows.values() if f.seg < viewer.next]:
            self._end(stale, whole=False)
        for seg in range(viewer.next, viewer.edge + 1):
            if seg in viewer.have:
                continue
            running = viewer.flows.get(seg)
            if running and running.src == ORIGIN:
                continue
            urgent = seg * self.world.segment_s <= viewer.pos + viewer.rules.high_demand_s
            if urgent and self._may_fall_back(me, seg, running):
                if running:
                    self._end(running, whole=False)
                if seg not in viewer.flows and self._make_room(viewer, seg):
                    if seg not in viewer.late:
                        viewer.late.add(seg)
                        viewer.events.append(Event("late"))
                    self._fetch(me, seg, own=False)
                    continue
            if seg not in viewer.flows:
                self._ask_a_peer(me, seg)
            if seg not in viewer.flows and viewer.rules.k is not None and viewer.started:
                self._volunteer(me, seg)
        if viewer.rules.random_http and viewer.peers and viewer.random_s <= self.now_s:
            viewer.random_s = self.now_s + 1.0 + float(self.random.random()) * len(viewer.peers)
            self._load_random(me)

    def _http(self, viewer: Viewer) -> list[Flow]:
        return [f for f in viewer.flows.values() if f.src == ORIGIN and not f.own]

    def _make_room(self, viewer: Viewer, seg: int) -> bool:
        running = self._http(viewer)
        if len(running) < HTTP_AT_ONCE:
            return True
        last = max(running, key=lambda flow: flow.seg)
        if last.seg > seg:
            self._end(last, whole=False)
            return True
        return False

    def _fetch(self, me: int, seg: int, *, own: bool) -> None:
        viewer = self.viewers[me]
        viewer.flows[seg] = Flow(me, seg, ORIGIN, self.now_s, own)
        if not own or viewer.rules.announces_early:
            viewer.loading.add(seg)
            self._announce(me, viewer.have)

    def _ask_a_peer(self, me: int, seg: int) -> None:
        viewer = self.viewers[me]
        p2p = [flow.src for flow in viewer.flows.values() if flow.src != ORIGIN]
        if not viewer.rules.p2p or len(p2p) >= P2P_AT_ONCE:
            return
        offers = [
            other
            for other in viewer.peers
            if seg in self.viewers[other].announced
            and other not in p2p
            and not self.viewers[other].mute
            and (other, seg) not in viewer.absent
        ]
        if not offers:
            return
        if viewer.rules.weighs_peers:
            weights = np.array([self.viewers[other].uplink for other in offers])
            other = offers[int(self.random.choice(len(offers), p=weights / weights.sum()))]
        else:
            other = offers[int(self.random.integers(len(offers)))]
        sender = self.viewers[other]
        slots = sender.rules.slots
        if slots == 0:
            slots = sender.policy.slots
        busy = sum(f.src == other for p in sender.peers for f in self.viewers[p].flows.values())
        if slots is not None and busy >= slots:
            viewer.absent.add((other, seg))
            return
        viewer.flows[seg] = Flow(me, seg, other, self.now_s, own=False)

    def _rank(self, me: int, seg: int) -> int:
        viewer = self.viewers[me]
        mine = self._hash(me, seg)
        return sum(
            self._hash(other, seg) < mine
            for other in viewer.peers
            if self.viewers[other].rules.k is not None and not self.viewers[other].mute
        )

    def _volunteer(self, me: int, seg: int) -> None:
        viewer, rules = self.viewers[me], self.viewers[me].rules
        if viewer.mute or any(flow.own for flow in viewer.flows.values()):
            return
        policy = viewer.policy
        if rules.backs_off and not policy.volunteer:
            return
        k = policy.k if rules.k == 0 else rules.k or 0.0
        if seg not in viewer.due_s:
            turn = ceil((self._rank(me, seg) + 1) / k) - 1
            turn += int(rules.yields and policy.uplink_bps is not None and policy.slots == 1)
            stagger_s = policy.stagger_s or self.world.segment_s
            late = turn * stagger_s if rules.relay else (np.inf if turn else 0.0)
            viewer.due_s[seg] = viewer.known_s[seg] + late
        if viewer.due_s[seg] > self.now_s or self._seen(viewer, seg):
            return
        self._fetch(me, seg, own=True)

    def _seen(self, viewer: Viewer, seg: int) -> bool:
        near = (self.viewers[other] for other in viewer.peers)
        return any(seg in other.announced or seg in other.loading for other in near)

    def _may_fall_back(self, me: int, seg: int, running: Flow | None) -> bool:
        viewer, rules = self.viewers[me], self.viewers[me].rules
        if not rules.ranked_fallback_s:
            return not running or rules.cuts_p2p
        segment_s = self.world.segment_s
        left_s = seg * segment_s - (viewer.pos or 0.0)
        scarce = viewer.policy.scarce and rules.learns
        waited_s = self.now_s - viewer.due_s.setdefault(-seg - 1, self.now_s)
        patience_s = rules.patience_s if viewer.started else -rules.start_wait_s
        left_s = left_s if viewer.started else -waited_s
        urgent = not scarce and left_s <= patience_s
        if running:
            return urgent and self._arrives_s(viewer, running) > max(left_s, 0.5)
        longest_s = rules.longest_rank_segments * segment_s
        if urgent:
            return True
        if rules.waits_for_others and waited_s < longest_s and self._seen(viewer, seg):
            return False
        step_s = viewer.policy.fallback_s if scarce else rules.ranked_fallback_s
        return waited_s >= min(self._rank(me, seg) * step_s, longest_s)

    def _arrives_s(self, viewer: Viewer, flow: Flow) -> float:
        rate = flow.done / max(self.now_s - flow.began_s, STEP_S)
        return (1.0 - viewer.part.get(flow.seg, 0.0)) / max(rate, 1e-3)

    def _load_random(self, me: int) -> None:
        viewer = self.viewers[me]
        room = HTTP_AT_ONCE - len(self._http(viewer))
        missing = [
            seg
            for seg in range(viewer.next, viewer.edge + 1)
            if seg not in viewer.have and seg not in viewer.flows and not self._seen(viewer, seg)
        ]
        near = len(viewer.peers) + 1
        missing = missing[: HTTP_AT_ONCE * near]
        chance = len(missing) / near
        self.random.shuffle(missing)
        for seg in missing:
            if room <= 0 or chance <= 0:
                break
            if chance >= 1 or self.random.random() <= chance:
                self._fetch(me, seg, own=False)
                room -= 1
            chance -= 1


def simulate(world: Scenario, seed: int, rules: Rules, others: Rules) -> Outcome:
    """Return what one swarm cost; those without the plugin follow `others`."""
    return Simulation(world, seed, rules, others).run()
