"""A personal number that is nobody's, and whether a text holds its digits: long, so that no hash has them by chance."""

MADE_UP = "19811218-9876"  # the example in the Tax Agency's brochure


def tells_number(text: str) -> bool:
    """Return whether the text holds the number, with or without its hyphen or its century."""
    return MADE_UP[2:] in text or MADE_UP[2:].replace("-", "") in text
