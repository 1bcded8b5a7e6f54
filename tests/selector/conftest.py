"""One place for how hard the engine's suite searches: it also runs in WebAssembly."""

import sys

from hypothesis import HealthCheck, settings

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
