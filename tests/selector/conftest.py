"""How hard the engine's properties are searched: the suite also runs in WebAssembly."""

import sys
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.internal.cache import LRUCache
from hypothesis.internal.conjecture import providers

# CPython in WebAssembly is about ten times slower.
settings.register_profile(
    "engine",
    max_examples=12 if sys.platform == "emscripten" else 120,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("engine")


@pytest.fixture(scope="module", autouse=True)
def draws_that_depend_on_nothing_else() -> Iterator[None]:
    """Let Hypothesis draw the same examples whatever other modules are loaded.

    It mixes constants into its draws that it finds in the source of loaded local modules. With the
    recommender or the service beside them, tests of the engine therefore met other examples.
    Hypothesis has no setting for it; in WebAssembly it takes no module for local.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(providers, "_get_local_constants", providers.Constants)
        patch.setattr(providers, "CONSTANTS_CACHE", LRUCache(1024))
        yield
