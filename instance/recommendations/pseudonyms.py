"""Who a viewer is to the journal, and what makes a receipt ours: both need the instance's key.

A viewer's device sends a token that it made itself. What is stored is a keyed hash of it: the
journal does not hold what the browser holds, and without the key neither leads to the other.
"""

import hmac
from base64 import urlsafe_b64encode
from hashlib import blake2b, sha256

from ..keys import kept
from ..settings import Settings

TOKEN = r"^[A-Za-z0-9_-]{22,64}$"  # noqa: S105 - its form; 22 are 128 bits
VIEWER_KEY = "viewer-key"


class Pseudonyms:
    """Names viewers, and signs; the same for as long as the key is.

    >>> names = Pseudonyms("k" * 22)
    >>> names.of("t" * 22) == names.of("t" * 22) != Pseudonyms("j" * 22).of("t" * 22)
    True
    """

    def __init__(self, key: str) -> None:
        self._key = sha256(key.encode()).digest()

    def of(self, token: str) -> str:
        """Return the name under which the viewer with that token is stored."""
        named = blake2b(token.encode(), key=self._key, digest_size=16, person=b"viewer")
        return urlsafe_b64encode(named.digest()).decode().rstrip("=")

    def signature(self, text: bytes) -> str:
        """Return what only the holder of the key can have made of `text`."""
        return hmac.new(self._key, b"receipt\n" + text, "sha256").hexdigest()


def pseudonyms(settings: Settings) -> Pseudonyms:
    """Return the pseudonyms of this instance; the key is made at the first time."""
    return Pseudonyms(settings.viewer_key or kept(settings.state_dir / VIEWER_KEY))
