"""How many columns of a terminal a text takes."""

from __future__ import annotations


def width(text: str) -> int:
    """The columns that a text takes: wide characters two, combining ones none."""
    if text.isascii():
        return len(text)
    # Imported here: only text that is not ASCII pays for the Unicode tables.
    from unicodedata import category, east_asian_width

    return sum(
        0 if category(each) in ("Mn", "Me", "Cf") else 2 if east_asian_width(each) in "WF" else 1 for each in text
    )


def pad(text: str, columns: int) -> str:
    """The text with spaces up to so many columns."""
    return text + " " * (columns - width(text))


def visible(text: str) -> str:
    """The text with nothing that a terminal would obey: control characters become their pictures, tabs stay."""
    if text.isprintable():
        return text
    return "".join(each if each in "\t\n" else picture(each) for each in text)


def picture(each: str) -> str:
    """A visible sign for a character that moves the cursor, colours the screen or reverses the line."""
    number = ord(each)
    if number < 0x20:
        return chr(0x2400 + number)
    if number == 0x7F:
        return "\u2421"
    return (
        "\ufffd"
        if 0x80 <= number < 0xA0
        or 0x202A <= number <= 0x202E
        or 0x2066 <= number <= 0x2069
        or 0xD800 <= number < 0xE000
        else each
    )
