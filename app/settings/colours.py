"""The vendor's accent colour: whether everybody can read it, its variant for dark pages, and the nearest that is read.

The contrast of two colours is the ratio of WCAG 2.2 (https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio); text of
ordinary size needs 4.5 (success criterion 1.4.3).
"""

from __future__ import annotations

import colorsys
import re
from dataclasses import dataclass
from functools import lru_cache

ENOUGH = 4.5
DEFAULT = "#0b5394"

_LIGHT = ("#ffffff", "#f6f7f9")
"""What a link stands on in light pages: the page itself, and its shaded areas (gangway.css: canvas, wash)."""
_DARK = ("#14171b", "#1a1e23", "#1d2228")
"""The same in dark pages, with cards (canvas, wash, lift)."""
_TINT = 0.07
"""How much of the accent a tinted area holds (gangway.css: brand-tint)."""
_COMFORT = 7.0
"""What the variant for dark pages aims at: barely enough tires in the dark."""

Rgb = tuple[int, int, int]


@dataclass(frozen=True)
class Accent:
    """An accent as the pages use it: as a button's ground, and as the colour of links."""

    light: str
    dark: str
    on_light: str = "#ffffff"
    """Text on a button of a light page."""
    on_dark: str = "#0c1a28"


@dataclass(frozen=True)
class Verdict:
    """What is to be said about a colour."""

    colour: str
    ratio: float
    """The lowest contrast in which it would stand, two decimals, rounded down: 4.49 is not enough."""
    nearest: str
    """The colour itself when it can be read, else the nearest that can: the same hue, darker."""

    @property
    def passes(self) -> bool:
        return self.nearest == self.colour


def read(typed: str) -> str | None:
    """`#0b5394` for `0B5394`, `#0B5394` and, doubling its digits, `#05a`; None for what is no colour."""
    found = re.fullmatch(r"#?([0-9a-f]{6}|[0-9a-f]{3})", typed.strip().casefold(), re.ASCII)
    if found is None:
        return None
    digits = found[1]
    return "#" + ("".join(digit * 2 for digit in digits) if len(digits) == 3 else digits)


def contrast(one: str, other: str) -> float:
    """Between 1, nothing to be seen, and 21, black on white."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def judged(colour: str) -> Verdict:
    """Whether a colour is read as the ground of white text and as a link on light pages."""
    return Verdict(colour, int(_lowest(colour) * 100) / 100, _nearest(colour))


@lru_cache(maxsize=64)
def accent_of(colour: str) -> Accent:
    """A colour that passed, with its variant for dark pages."""
    if colour in ("", DEFAULT):
        return Accent(DEFAULT, "#8cc2ff")
    return Accent(colour, _dark_variant(colour))


def _lowest(colour: str) -> float:
    return min(contrast(colour, ground) for ground in (*_LIGHT, _mixed("#ffffff", colour, _TINT)))


@lru_cache(maxsize=256)
def _nearest(colour: str) -> str:
    """Darker by the smallest steps that the eye's colours have, until it is enough."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*(part / 255 for part in _rgb(colour)))
    found, steps = colour, 0
    while _lowest(found) < ENOUGH:
        steps += 1
        red, green, blue = colorsys.hls_to_rgb(hue, max(0.0, lightness - steps / 512), saturation)
        found = _hex((round(red * 255), round(green * 255), round(blue * 255)))
    return found


def _dark_variant(colour: str) -> str:
    """Mixed with white until it is comfortable to read on dark pages, and dark text on it too."""
    for step in range(101):
        found = _mixed(colour, "#ffffff", step / 100)
        grounds = (*_DARK, _mixed(_DARK[0], found, _TINT), Accent.on_dark)
        if min(contrast(found, ground) for ground in grounds) >= _COMFORT:
            return found
    return "#ffffff"


def _mixed(one: str, other: str, share: float) -> str:
    """`one` with so much of `other`, as CSS mixes in srgb."""
    red, green, blue = (
        round(mine + (theirs - mine) * share) for mine, theirs in zip(_rgb(one), _rgb(other), strict=True)
    )
    return _hex((red, green, blue))


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(part / 255) for part in _rgb(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def _rgb(colour: str) -> Rgb:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _hex(rgb: Rgb) -> str:
    return "#{:02x}{:02x}{:02x}".format(*rgb)
