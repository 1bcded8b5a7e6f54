"""What is wrong with a value, in words for whoever wrote it."""

# From pydantic's words, which speak to programmers.
OURS = {
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


def in_our_words(reason: str) -> str:
    """Return what pydantic says as the end of a sentence that begins with the field.

    >>> in_our_words("Input should be less than or equal to 7")
    'must be less than or equal to 7'
    """
    for theirs, ours in OURS.items():
        reason = reason.replace(theirs, ours)
    return reason
