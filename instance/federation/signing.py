"""Ed25519 signatures (RFC 8032): the key by which this instance signs, and their verification."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256

from ..keys import load_or_create
from ..settings import Settings

FEDERATION_KEY = "federation-key"


class SigningKey:
    """A private key, made of a secret as the service keeps others.

    >>> key = SigningKey("s" * 22)
    >>> is_signed(key.public, key.sign(b"text"), b"text")
    True
    >>> is_signed(key.public, key.sign(b"text"), b"test")
    False
    """

    def __init__(self, secret: str) -> None:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        seed = sha256(b"mirrorwise federation\n" + secret.encode()).digest()
        self._key = Ed25519PrivateKey.from_private_bytes(seed)

    @property
    def public(self) -> str:
        """Return the public key: 32 bytes in base64url without padding."""
        return _text(self._key.public_key().public_bytes_raw())

    def sign(self, text: bytes) -> str:
        """Return the signature: 64 bytes in base64url without padding."""
        return _text(self._key.sign(text))


def signing_key(settings: Settings) -> SigningKey:
    """Return this instance's key; it is generated at the first call."""
    secret = settings.federation_key or load_or_create(settings.state_dir / FEDERATION_KEY)
    return SigningKey(secret)


def is_signed(public: str, signature: str, text: bytes) -> bool:
    """Say whether the owner of a public key has signed `text`."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        key = Ed25519PublicKey.from_public_bytes(_bytes(public))
        key.verify(_bytes(signature), text)
    except (InvalidSignature, ValueError):
        return False
    return True


def fingerprint(public: str) -> str:
    """Return a name of a public key that two people can compare by telephone.

    >>> fingerprint("A" * 43)
    '66687aad f862bd77 6c8fc18b 8e9f8e20'
    """
    digest = sha256(_bytes(public)).hexdigest()
    return " ".join(digest[at : at + 8] for at in range(0, 32, 8))


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
