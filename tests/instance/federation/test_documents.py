"""Documents: canonical, signed and chained; whatever else comes is refused with the reason."""

import json
from pathlib import Path

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import instance.federation
from instance.federation.canonical import LARGEST, CanonicalError, decode, encode
from instance.federation.document import LARGEST_DOCUMENT_BYTES, DocumentError, read
from instance.federation.signing import SigningKey
from tests.instance.federation.documents import INSTANCE, WEEK, forged, said

SCHEMA = Path(instance.federation.__file__).with_name("federation.schema.json").read_text()
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-LARGEST, LARGEST) | st.text(),
    lambda of: st.lists(of) | st.dictionaries(st.text(), of),
    max_leaves=12,
)


@given(VALUES)
@settings(derandomize=True, database=None, deadline=None)
def test_a_value_has_one_form_in_bytes(value: object):
    data = encode(value)
    assert decode(data) == value
    assert encode(json.loads(data)) == data
    spaced = json.dumps(value, indent=1).encode()
    if spaced != data:
        with pytest.raises(CanonicalError):
            decode(spaced)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b'{"a":1,"a":1}', "'a' twice"),
        (b'{"b":1,"a":1}', "not written canonically"),
        (b'{"a": 1}', "not written canonically"),
        (b'"\\u0061"', "not written canonically"),
        (b"-0", "not written canonically"),
        (b"1.0", "no whole number"),
        (b"1e3", "no whole number"),
        (b"NaN", "no whole number"),
        (b"[Infinity]", "no whole number"),
        (b"9007199254740992", "beyond"),
        (b"1" * 5000, "not JSON"),
        (b"[" * 18 + b"]" * 18, "nested"),
        (b"[" * 100_000, "not JSON"),
        (b'"\\ud800"', "half a character"),
        (b'"\xff"', "not JSON"),
        (b"", "not JSON"),
        (b"{} ", "not written canonically"),
        (b"\xef\xbb\xbf{}", "not JSON"),
    ],
)
def test_any_other_form_is_refused(data: bytes, reason: str):
    with pytest.raises(CanonicalError, match=reason):
        decode(data)


def test_a_document_is_read_as_it_was_signed_and_fits_its_schema():
    document = said()
    assert read(document.data) == document
    assert (document.instance, document.week, document.number) == (INSTANCE, WEEK, 1)
    jsonschema_rs.validate(json.loads(SCHEMA), json.loads(document.data))
    later = said(number=2, previous=document.sha256, parts=None, epsilon_thousandths=0)
    assert later.withdrawn
    jsonschema_rs.validate(json.loads(SCHEMA), json.loads(later.data))


@pytest.mark.parametrize("at", range(0, 600, 7))
def test_no_byte_can_be_changed(at: int):
    data = said().data
    at %= len(data)
    changed = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
    with pytest.raises(DocumentError):
        read(changed)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"format": 2}, "of format 2"),
        ({"format": True}, "of format True"),
        ({"format": ...}, "of format None"),
        ({"week": -1}, "wrong week"),
        ({"week": True}, "wrong week"),
        ({"week": "2932"}, "wrong week"),
        ({"number": 0}, "wrong number"),
        ({"number": 2}, "the first"),
        ({"previous": "a" * 64}, "the first"),
        ({"previous": "A" * 64}, "wrong previous"),
        ({"previous": ...}, "lacks the field previous"),
        ({"epsilon_thousandths": 4001}, "wrong epsilon_thousandths"),
        ({"parts": []}, "wrong parts"),
        ({"parts": {"a": {"epsilon_thousandths": 1001}}}, "spends 1001"),
        ({"parts": {"a": {"epsilon_thousandths": -1}}}, "a wrong epsilon_thousandths"),
        (
            {"parts": {name: {"epsilon_thousandths": 600} for name in "ab"}},
            "spends 1200",
        ),
        ({"withdrawn": True}, "withdraws the week and says"),
        ({"withdrawn": 0}, "wrong withdrawn"),
        ({"instance": "http://b.example"}, "wrong instance"),
        ({"instance": "https://b.example/"}, "wrong instance"),
        ({"instance": "https://B.example"}, "wrong instance"),
        ({"instance": "https://127.0.0.1\n"}, "wrong instance"),
        ({"more": 1}, "has a field 'more'"),
    ],
)
def test_a_document_with_a_wrong_field_is_refused(changes: dict[str, object], reason: str):
    with pytest.raises(DocumentError, match=reason):
        read(forged(**changes))
    valid = jsonschema_rs.validator_for(json.loads(SCHEMA)).is_valid
    assert valid(json.loads(forged()))


def test_a_signature_by_another_key_is_refused():
    other = SigningKey("c" * 22)
    fields = json.loads(said().data)
    fields["key"] = other.public
    with pytest.raises(DocumentError, match="wrong signature"):
        read(encode(fields))


@pytest.mark.parametrize("data", [b"[]", b"7", b"null", b"{}", b"x" * (LARGEST_DOCUMENT_BYTES + 1)])
def test_what_is_no_document_is_refused(data: bytes):
    with pytest.raises(DocumentError):
        read(data)
