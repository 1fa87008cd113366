"""Numbers rounded to the digits that their uncertainty leaves them (JCGM 100, 7.2)."""

from __future__ import annotations

from math import isfinite


def place_of(uncertainty: float, digits: int) -> int | None:
    """The power of ten of the last of so many digits of an uncertainty; None where it has no digits."""
    if not isfinite(uncertainty) or uncertainty <= 0:
        return None
    # By the text, so that 0.0996 with two digits is 0.10 and not 0.100.
    return int(f"{uncertainty:.{digits - 1}e}".partition("e")[2]) - digits + 1


def tolerance(uncertainty: float, digits: int) -> float | None:
    """Half a unit in the last of so many digits of an uncertainty: the numerical tolerance of JCGM 101, 7.9.2."""
    place = place_of(uncertainty, digits)
    return None if place is None else float(f"5e{place - 1}")


def rounded(number: float, place: int | None) -> str:
    """A number to the given power of ten, without digits after it; as it is where there is no place."""
    from decimal import ROUND_HALF_EVEN, Context, Decimal

    if place is None or not isfinite(number):
        return str(number or 0.0)  # without the sign of a zero
    # A double has up to 309 digits before its point and 1074 after it.
    found = Decimal(repr(number)).quantize(Decimal((0, (1,), place)), ROUND_HALF_EVEN, Context(prec=2000))
    if found == 0:
        found = abs(found)
    return f"{found:f}" if -12 <= place <= 0 or found == 0 else f"{found:e}"


def significant(number: float | None, digits: int) -> str:
    """A number with so many significant digits, zeros at the end kept."""
    if number is None:
        return ""
    return rounded(number, place_of(abs(number), digits))


def short(value: float, uncertainty: float, digits: int) -> str:
    """The short form: 9.801(44), the digits in brackets being the uncertainty in the last digits of the value."""
    place = place_of(uncertainty, digits)
    if place is None or not isfinite(value):
        return f"{value}({uncertainty})" if uncertainty != 0 else f"{value}(0)"
    size = max(abs(float(rounded(value, place))), uncertainty)
    power = int(f"{size:e}".partition("e")[2])
    if place > 0 or power < -4 or power > 15:
        return f"{scaled(value, uncertainty, place, power)}e{power}"
    return scaled(value, uncertainty, place, 0)


def scaled(value: float, uncertainty: float, place: int, power: int) -> str:
    """The short form of both numbers divided by a power of ten."""
    from decimal import Decimal

    first, second = (Decimal(rounded(each, place)).scaleb(-power) for each in (value, uncertainty))
    decimals = max(power - place, 0)
    error = f"{second:.{decimals}f}"
    return f"{first:.{decimals}f}({error if second >= 1 and decimals else error.replace('.', '').lstrip('0')})"
