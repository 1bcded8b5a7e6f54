"""Validation errors: pydantic's messages rephrased for the person who wrote the value."""

# By pydantic's phrases, which are written for programmers.
REPLACEMENTS = {
    "Value error, ": "",
    "Input should be a valid integer, unable to parse string as an integer": "must be a whole "
    "number",
    "Input should be a valid integer": "must be a whole number",
    "Input should ": "must ",
    "String should ": "must ",
    "List should ": "must ",
    "Field required": "is required",
    "Extra inputs are not permitted": "is not a field of this message",
}


def humanised(reason: str) -> str:
    """Return a message of pydantic as the end of a sentence that begins with the field.

    >>> humanised("Input should be less than or equal to 7")
    'must be less than or equal to 7'
    """
    for phrase, replacement in REPLACEMENTS.items():
        reason = reason.replace(phrase, replacement)
    return reason
