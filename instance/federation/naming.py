"""Who else is named as a source: the instances that PeerTube follows, and a signed directory.

A directory is canonical JSON that anybody can host as a file:
`{"format":1,"instances":["https://a.example"],"key":"…","number":7,"signature":"…"}`. Its number
grows with every change; the signature (Ed25519) is over the line `mirrorwise directory 1`, a line
break, and the canonical JSON of the other fields.
"""

from typing import Any

import orjson

from .addresses import AddressError, normalised
from .canonical import CanonicalError, decode, encode
from .document import INSTANCE, DocumentError
from .fetching import Fetcher, FetchError
from .records import Found
from .register import MOST_SOURCES
from .signing import SigningKey, is_signed

SIGNED = b"mirrorwise directory 1\n"
FIELDS = {"format", "instances", "key", "number", "signature"}
LARGEST_DIRECTORY_BYTES = 262_144
# PeerTube lists a hundred at most at once, of some 2 kB each.
PAGE, LARGEST_PAGE_BYTES = 100, 1 << 20


def sign_directory(key: SigningKey, number: int, instances: list[str]) -> bytes:
    """Return a directory as it is hosted."""
    said = {"format": 1, "instances": instances, "key": key.public, "number": number}
    return encode(said | {"signature": key.sign(SIGNED + encode(said))})


def read_directory(data: bytes, key: str) -> Found:
    """Return the instances of a directory that the owner of `key` has signed."""
    try:
        said = decode(data)
    except CanonicalError as error:
        raise DocumentError(f"the directory {error}") from None
    if not isinstance(said, dict) or said.keys() != FIELDS or said["format"] != 1:
        raise DocumentError("the directory lacks a field, or is of another format")
    unsigned = {name: value for name, value in said.items() if name != "signature"}
    signed = said["key"] == key and isinstance(said["signature"], str)
    if not (signed and is_signed(key, said["signature"], SIGNED + encode(unsigned))):
        raise DocumentError("the directory is not signed by MIRRORWISE_FEDERATION_DIRECTORY_KEY")
    instances, number = said["instances"], said["number"]
    if type(number) is not int or number < 1:
        raise DocumentError("the directory has a wrong number")
    if not isinstance(instances, list) or len(instances) > MOST_SOURCES:
        raise DocumentError(f"the directory must list at most {MOST_SOURCES} instances")
    for each in instances:
        if not isinstance(each, str) or not INSTANCE.fullmatch(each):
            raise DocumentError(f"the directory lists {each!r:.60}, which is no instance")
    return Found("directory", sorted(set(instances)), number)


async def directory(fetcher: Fetcher, url: str, key: str, before: Found | None) -> Found:
    """Return the directory at an address; one with a lower number than before is refused."""
    answer = await fetcher.get(url, LARGEST_DIRECTORY_BYTES)
    found = read_directory(answer.body or b"", key)
    if before and found.number < before.number:
        raise DocumentError(f"the directory is older than the one before ({before.number})")
    if before and found.number == before.number and found != before:
        raise DocumentError(f"the directory has changed and kept its number {before.number}")
    return found


async def followed(fetcher: Fetcher, peertube: str) -> Found:
    """Return the instances that a PeerTube follows, as it lists them publicly."""
    names: set[str] = set()
    for start in range(0, MOST_SOURCES, PAGE):
        url = f"{peertube}/api/v1/server/following?start={start}&count={PAGE}&state=accepted"
        answer = await fetcher.get(url, LARGEST_PAGE_BYTES)
        try:
            rows: list[Any] = orjson.loads(answer.body or b"")["data"]
            names |= {f"https://{row['following']['host']}" for row in rows}
        except (ValueError, KeyError, TypeError):
            raise FetchError(f"{url} does not list instances as PeerTube does") from None
        if len(rows) < PAGE:
            break
    return Found("followed", sorted(filter(_is_instance, names)))


def _is_instance(origin: str) -> bool:
    try:
        return bool(INSTANCE.fullmatch(normalised(origin)))
    except AddressError:
        return False
