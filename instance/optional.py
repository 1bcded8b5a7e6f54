"""Libraries that only some instances need; where one is missing, what needs it says so.

River learns what to watch next. It brings SciPy, and with it half of what the service would
otherwise take on disk. What instances say to each other is noised by OpenDP and signed by
cryptography.
"""

from importlib.util import find_spec

NO_RIVER = (
    "River is not installed, which recommendations need: `pip install --require-hashes -r "
    "requirements-recommendations.txt` with the release's file, or `pip install "
    "'mirrorwise[recommendations]'`, where the service is installed, and start it again"
)


def lacks_for_recommendations() -> str | None:
    """Return what to do before this installation can recommend, or None when it can."""
    return None if find_spec("river") else NO_RIVER


NO_FEDERATION = (
    "{missing} is not installed, which federation needs: `pip install --require-hashes -r "
    "requirements-federation.txt` with the release's file, or `pip install "
    "'mirrorwise[recommendations,federation]'`, where the service is installed, and start it again"
)


def lacks_for_federation() -> str | None:
    """Return what to do before this installation can say or hear anything, or None."""
    missing = next((name for name in ("cryptography", "opendp") if not find_spec(name)), None)
    return NO_FEDERATION.format(missing=missing) if missing else lacks_for_recommendations()
