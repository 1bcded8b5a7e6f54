"""Pseudonyms of viewers (a keyed hash) and signatures of receipts, by the instance's key.

A viewer's device sends a token that it made itself. The journal holds a keyed hash of the token:
without the key, neither leads to the other.
"""

import hmac
from base64 import urlsafe_b64encode
from hashlib import blake2b, sha256

from ..keys import load_or_create
from ..settings import Settings

TOKEN = r"^[A-Za-z0-9_-]{22,64}$"  # noqa: S105 - its form; 22 are 128 bits
VIEWER_KEY = "viewer-key"


class Pseudonyms:
    """Makes pseudonyms and signatures; they stay the same as long as the key does.

    >>> names = Pseudonyms("k" * 22)
    >>> names.of("t" * 22) == names.of("t" * 22) != Pseudonyms("j" * 22).of("t" * 22)
    True
    """

    def __init__(self, key: str) -> None:
        self._key = sha256(key.encode()).digest()

    def of(self, token: str) -> str:
        """Return the pseudonym of the viewer with that token."""
        named = blake2b(token.encode(), key=self._key, digest_size=16, person=b"viewer")
        return urlsafe_b64encode(named.digest()).decode().rstrip("=")

    def signature(self, text: bytes) -> str:
        """Return the signature of a receipt's `text` (HMAC-SHA256)."""
        return hmac.new(self._key, b"receipt\n" + text, "sha256").hexdigest()


def pseudonyms(settings: Settings) -> Pseudonyms:
    """Return the pseudonyms of this instance; the key is generated at the first call."""
    return Pseudonyms(settings.viewer_key or load_or_create(settings.state_dir / VIEWER_KEY))
