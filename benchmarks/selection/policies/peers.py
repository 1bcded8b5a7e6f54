"""Bandits from other people's libraries, behind thin adapters.

All get the same rewards, the fleet's prior in the form of earlier fetches, and, where the learner
takes a context, the same features. `space` holds the settings that `tune` tries; the chosen ones
are in `tuned.json`. `MISSING` names the libraries that are not installed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from random import Random
from typing import Any, ClassVar

from benchmarks.selection.policies.reward import Bandit, Space, expected
from benchmarks.selection.viewer.policy import Host, Outcome, PlanRequest
from benchmarks.selection.world.network import Network

WIDTHS = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
PULLS = (1, 2, 4, 8, 16)


class Peer(Bandit):
    """A learner from a library, and what it is told about each host."""

    prior_pulls = 1
    """How many fetches the fleet's prior counts as."""

    def arrive(self, now_s: float, network: Network) -> None:  # noqa: ARG002
        if hasattr(self, "_recent"):
            return
        self._recent = {host: expected(self.priors.get(host)) for host in self.hosts}
        self._failures = dict.fromkeys(self.hosts, 0.0)
        self._tried_s = dict.fromkeys(self.hosts, now_s)
        self._asked: dict[Host, list[float]] = {h: self._features(h, now_s) for h in self.hosts}
        self.build()
        for host in self.hosts * self.prior_pulls if self.priors else ():
            self.update(host, self._asked[host], expected(self.priors.get(host)))

    def choose(self, hosts: tuple[Host, ...], request: PlanRequest) -> Host:
        features = {host: self._features(host, request.now_s) for host in self.hosts}
        host = self.pick(hosts, features)
        self._asked[host] = features[host]
        return host

    def learn(self, outcome: Outcome, earned: float) -> None:
        host = outcome.host
        self.update(host, self._asked[host], earned)
        self._recent[host] += 0.3 * (earned - self._recent[host])
        self._failures[host] += 0.3 * ((earned == 0.0) - self._failures[host])
        self._tried_s[host] = outcome.now_s

    def _features(self, host: Host, now_s: float) -> list[float]:
        """Return the fleet's reward, recent reward, recent failures, and the age of both."""
        age = 1.0 - math.exp(-(now_s - self._tried_s[host]) / 60.0)
        return [
            expected(self.priors.get(host)),
            self._recent[host],
            self._failures[host],
            age,
        ]

    def build(self) -> None:
        """Make the learner."""
        raise NotImplementedError

    def pick(self, hosts: tuple[Host, ...], features: dict[Host, list[float]]) -> Host:
        """Ask the learner."""
        raise NotImplementedError

    def update(self, host: Host, features: list[float], earned: float) -> None:
        """Teach the learner."""
        raise NotImplementedError


class VowpalWabbit(Peer):
    """`--cb_explore_adf` with one example per host.

    The cost is the negative reward: 1 - reward does far worse with every kind of exploration.
    Explorers that use the range of costs are given it.
    """

    explore = ""
    learning_rate = 0.5
    power_t = 0.5
    cb_type = "mtr"
    interactions = "-q hh"
    identity = 1
    space: ClassVar[Space] = {
        "learning_rate": (0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0),
        "power_t": (0.0, 0.5),
        "cb_type": ("mtr", "dr"),
        "interactions": ("", "-q hh"),
        "identity": (0, 1),
        "prior_pulls": PULLS,
    }

    def build(self) -> None:
        vw: Any = import_module("vowpalwabbit")
        self._vw = vw.Workspace(
            f"--cb_explore_adf --quiet --random_seed {self.seed + 1} --cb_type {self.cb_type} "
            f"--learning_rate {self.learning_rate} --power_t {self.power_t} {self.interactions} "
            + self.explore.format(self)
        )
        self._probability = dict.fromkeys(self.hosts, 1.0)
        self._draws = Random(self.seed)  # noqa: S311

    def _example(self, host: Host, features: Sequence[float], label: str = "") -> str:
        names = ("fleet", "recent", "failures", "age")
        pairs = " ".join(f"{n}:{v:.4f}" for n, v in zip(names, features, strict=True))
        name = f" |i {self.hosts.index(host)}" if self.identity else ""
        return f"{label} |h {pairs}{name}".strip()

    def pick(self, hosts: tuple[Host, ...], features: dict[Host, list[float]]) -> Host:
        mass = self._vw.predict([self._example(host, features[host]) for host in hosts])
        index = self._draws.choices(range(len(hosts)), mass)[0]
        self._probability[hosts[index]] = mass[index]
        return hosts[index]

    def update(self, host: Host, features: list[float], earned: float) -> None:
        label = f"0:{-earned:.4f}:{max(self._probability[host], 0.01):.4f}"
        examples = [self._example(h, self._asked[h]) for h in self.hosts if h != host]
        self._vw.learn([self._example(host, features, label), *examples])


class VwSquareCb(VowpalWabbit):
    """SquareCB (Foster and Rakhlin 2020)."""

    explore = "--squarecb --gamma_scale {0.gamma_scale} --cb_min_cost -1 --cb_max_cost 0"
    gamma_scale = 300
    space: ClassVar[Space] = VowpalWabbit.space | {
        "cb_type": ("mtr",),
        "gamma_scale": (10, 30, 100, 300, 1000, 3000, 10_000),
    }


class VwBag(VowpalWabbit):
    """Bootstrap Thompson sampling."""

    explore = "--bag {0.bags} {0.greedify}"
    bags = 3
    greedify = ""
    space: ClassVar[Space] = VowpalWabbit.space | {
        "bags": (2, 3, 5, 8),
        "greedify": ("", "--greedify"),
    }


class VwCover(VowpalWabbit):
    """Online cover (Agarwal et al. 2014)."""

    explore = "--cover {0.policies} --psi {0.psi} {0.uniform}"
    policies = 3
    psi = 0.01
    uniform = ""
    space: ClassVar[Space] = VowpalWabbit.space | {
        "policies": (1, 2, 3, 5),
        "psi": (0.001, 0.01, 0.1, 1.0),
        "uniform": ("", "--nounif"),
    }


class VwRegCb(VowpalWabbit):
    """RegCB, optimistic (Foster et al. 2018)."""

    explore = "--regcbopt --mellowness {0.mellowness} --cb_min_cost -1 --cb_max_cost 0"
    mellowness = 0.01
    space: ClassVar[Space] = VowpalWabbit.space | {
        "cb_type": ("mtr",),
        "mellowness": (0.00001, 0.0001, 0.001, 0.01, 0.1),
    }


class VwRnd(VowpalWabbit):
    """Random network distillation."""

    explore = "--rnd {0.networks} --epsilon {0.epsilon} --rnd_alpha {0.alpha}"
    networks = 3
    epsilon = 0.01
    alpha = 0.1
    space: ClassVar[Space] = VowpalWabbit.space | {
        "networks": (1, 3),
        "epsilon": (0.0, 0.01, 0.05),
        "alpha": (0.001, 0.01, 0.1, 0.5),
    }


class River(Peer):
    """`river.bandit`, without context."""

    def build(self) -> None:
        self._bandit: Any = self.policy(import_module("river.bandit"))

    def policy(self, bandit: Any) -> Any:
        """Return the library's policy object."""
        raise NotImplementedError

    def pick(self, hosts: tuple[Host, ...], features: dict[Host, list[float]]) -> Host:  # noqa: ARG002
        return str(self._bandit.pull(list(hosts)))

    def update(self, host: Host, features: list[float], earned: float) -> None:  # noqa: ARG002
        self._bandit.update(host, earned)


class RiverThompson(River):
    """Thompson sampling with a Gaussian posterior."""

    space: ClassVar[Space] = {"prior_pulls": (*PULLS, 3, 6, 12)}

    def policy(self, bandit: Any) -> Any:
        proba: Any = import_module("river.proba")
        return bandit.ThompsonSampling(reward_obj=proba.Gaussian(), seed=self.seed)


class _RiverBernoulli(River):
    """For Beta posteriors: Bernoulli trials, P(1) = reward (Agrawal and Goyal, COLT'12).

    A power of the reward makes the differences between good rewards larger.
    """

    power = 1.0
    space: ClassVar[Space] = {"power": (1.0, 2.0, 4.0, 8.0), "prior_pulls": PULLS}

    def build(self) -> None:
        super().build()
        self._trials = Random(self.seed)  # noqa: S311

    def update(self, host: Host, features: list[float], earned: float) -> None:
        super().update(host, features, float(self._trials.random() < earned**self.power))


class RiverBetaThompson(_RiverBernoulli):
    """Thompson sampling."""

    def policy(self, bandit: Any) -> Any:
        proba: Any = import_module("river.proba")
        return bandit.ThompsonSampling(reward_obj=proba.Beta(), seed=self.seed)


class RiverBayesUcb(_RiverBernoulli):
    """Bayes-UCB."""

    def policy(self, bandit: Any) -> Any:
        return bandit.BayesUCB(seed=self.seed)


class RiverUcb(River):
    """UCB, over all fetches or over the last."""

    delta = 0.1
    window = 10_000
    space: ClassVar[Space] = {
        "delta": WIDTHS,
        "window": (5, 10, 20, 40, 10_000),
        "prior_pulls": PULLS,
    }

    def policy(self, bandit: Any) -> Any:
        stats: Any = import_module("river.stats")
        utils: Any = import_module("river.utils")
        policy = bandit.UCB(delta=self.delta, seed=self.seed)
        policy._rewards.default_factory = lambda: utils.Rolling(
            stats.Mean(), window_size=self.window
        )
        return policy


class RiverExp3(River):
    """Exp3. It divides a reward by the probability of its own pick, so it gets no prior."""

    gamma = 0.1
    prior_pulls = 0
    space: ClassVar[Space] = {"gamma": (0.003, 0.01, 0.03, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 1.0)}

    def policy(self, bandit: Any) -> Any:
        return bandit.Exp3(gamma=self.gamma, seed=self.seed)

    def pick(self, hosts: tuple[Host, ...], features: dict[Host, list[float]]) -> Host:  # noqa: ARG002
        # All hosts are offered, as it forgets the probability of any other.
        return str(self._bandit.pull(list(self.hosts)))


class RiverLinUcb(River):
    """Disjoint LinUCB. The library takes one context for all arms: the best host's, or all hosts'.

    `alpha` and `beta` are its Bayesian regression's precisions of weights and of noise.
    """

    alpha = 1.0
    beta = 1.0
    context = "best"
    space: ClassVar[Space] = {
        "alpha": (0.1, 0.3, 1.0, 3.0, 10.0),
        "beta": (1.0, 10.0, 100.0, 1000.0),
        "context": ("best", "all"),
        "prior_pulls": PULLS,
    }

    def policy(self, bandit: Any) -> Any:
        return bandit.LinUCBDisjoint(alpha=self.alpha, beta=self.beta, seed=self.seed)

    def pick(self, hosts: tuple[Host, ...], features: dict[Host, list[float]]) -> Host:
        best = max(hosts, key=lambda host: features[host][1])
        rows = features.values() if self.context == "all" else [features[best]]
        self._context = dict(enumerate(value for row in rows for value in row))
        return str(self._bandit.pull(list(hosts), context=self._context))

    def update(self, host: Host, features: list[float], earned: float) -> None:
        context = self.__dict__.get("_context") or dict(enumerate(features))
        self._bandit.update(host, context, earned)


class MabWiser(Peer):
    """`mabwiser.MAB`; the first `fit` needs one fetch per host, so rewards start at the prior."""

    alpha = 0.1
    space: ClassVar[Space] = {"alpha": WIDTHS, "prior_pulls": (0, *PULLS)}
    contextual = False

    def policy(self, policies: Any) -> Any:
        """Return the library's learning policy."""
        raise NotImplementedError

    def build(self) -> None:
        mab: Any = import_module("mabwiser.mab")
        self._mab = mab.MAB(list(self.hosts), self.policy(mab.LearningPolicy), seed=self.seed)
        rewards = [self._recent[host] for host in self.hosts]
        contexts = [self._asked[host] for host in self.hosts]
        self._mab.fit(list(self.hosts), rewards, *([contexts] if self.contextual else []))

    def pick(self, hosts: tuple[Host, ...], features: dict[Host, list[float]]) -> Host:
        contexts = [[features[host] for host in hosts]] if self.contextual else []
        values = self._mab.predict_expectations(*contexts)
        rows = values if isinstance(values, list) else [values] * len(hosts)
        worth = {host: float(row[host]) for host, row in zip(hosts, rows, strict=True)}
        return max(hosts, key=worth.__getitem__)

    def update(self, host: Host, features: list[float], earned: float) -> None:
        self._mab.partial_fit([host], [earned], *([[features]] if self.contextual else []))


class MabWiserUcb1(MabWiser):
    """UCB1."""

    def policy(self, policies: Any) -> Any:
        return policies.UCB1(alpha=self.alpha)


class MabWiserLinUcb(MabWiser):
    """Disjoint LinUCB."""

    contextual = True
    l2 = 1.0
    space: ClassVar[Space] = MabWiser.space | {"l2": (0.03, 0.1, 0.3, 1.0, 3.0)}

    def policy(self, policies: Any) -> Any:
        return policies.LinUCB(alpha=self.alpha, l2_lambda=self.l2)


class MabWiserLinTs(MabWiserLinUcb):
    """Linear Thompson sampling."""

    def policy(self, policies: Any) -> Any:
        return policies.LinTS(alpha=self.alpha, l2_lambda=self.l2)


class CobaLinUcb(Peer):
    """`coba.LinUCBLearner`; every host is an action described by its features."""

    alpha = 0.1
    terms = "a"
    space: ClassVar[Space] = {"alpha": WIDTHS, "terms": ("a", "a aa"), "prior_pulls": PULLS}

    def build(self) -> None:
        learners: Any = import_module("coba.learners")
        self._learner = learners.LinUCBLearner(self.alpha, self.terms.split(), self.seed)

    def pick(self, hosts: tuple[Host, ...], features: dict[Host, list[float]]) -> Host:
        actions = [tuple(features[host]) for host in hosts]
        action, _ = self._learner.predict(None, actions)[:2]
        return hosts[actions.index(tuple(action))]

    def update(self, host: Host, features: list[float], earned: float) -> None:  # noqa: ARG002
        self._learner.learn(None, tuple(features), earned, 1.0)


class ContextualBanditsLinUcb(Peer):
    """`contextualbandits.online.LinUCB`, disjoint."""

    alpha = 0.1
    l2 = 1.0
    space: ClassVar[Space] = {
        "alpha": WIDTHS,
        "l2": (0.03, 0.1, 0.3, 1.0, 3.0),
        "prior_pulls": PULLS,
    }

    def build(self) -> None:
        online: Any = import_module("contextualbandits.online")
        self._numpy: Any = import_module("numpy")
        self._learner: Any = online.LinUCB(
            len(self.hosts), alpha=self.alpha, lambda_=self.l2, random_state=self.seed + 1, njobs=1
        )

    def pick(self, hosts: tuple[Host, ...], features: dict[Host, list[float]]) -> Host:
        values = self._learner.decision_function(
            self._numpy.array([features[host] for host in self.hosts])
        ).diagonal()
        return max(hosts, key=lambda host: float(values[self.hosts.index(host)]))

    def update(self, host: Host, features: list[float], earned: float) -> None:
        array = self._numpy.array
        self._learner.partial_fit(
            array([features]), array([self.hosts.index(host)]), array([earned])
        )


LIBRARIES: dict[str, dict[str, type[Peer]]] = {
    "vowpalwabbit": {
        "VW squarecb": VwSquareCb,
        "VW bag": VwBag,
        "VW cover": VwCover,
        "VW regcb": VwRegCb,
        "VW rnd": VwRnd,
    },
    "river": {
        "river Thompson": RiverThompson,
        "river Thompson, Beta": RiverBetaThompson,
        "river UCB": RiverUcb,
        "river Bayes-UCB": RiverBayesUcb,
        "river LinUCB": RiverLinUcb,
        "river Exp3": RiverExp3,
    },
    "mabwiser": {
        "mabwiser UCB1": MabWiserUcb1,
        "mabwiser LinUCB": MabWiserLinUcb,
        "mabwiser LinTS": MabWiserLinTs,
    },
    "coba": {"coba LinUCB": CobaLinUcb},
    "contextualbandits": {"contextualbandits LinUCB": ContextualBanditsLinUcb},
}
INSTALLED: dict[str, type[Peer]] = {
    name: peer
    for library, peers in LIBRARIES.items()
    if find_spec(library)
    for name, peer in peers.items()
}
MISSING: dict[str, str] = {
    name: library
    for library, peers in LIBRARIES.items()
    if not find_spec(library)
    for name in peers
}
