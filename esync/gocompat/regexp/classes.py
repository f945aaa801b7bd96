r"""The Unicode classes that Go's regular expressions name (``\p{Greek}``), told to RE2.

Source:
    Go 1.26, ``regexp/syntax`` and ``unicode``: names are compared without case, ``_``, ``-`` and
    blanks. Scripts of two words cannot be named at all: Go looks them up without their ``_``.
"""

from __future__ import annotations

import sys
import unicodedata
from functools import lru_cache
from itertools import groupby
from typing import Final

_LAST: Final = sys.maxunicode
_UNSEEN: Final = str.maketrans("", "", "_- ")

_CATEGORY_NAMES: Final = (
    "Cc Cf Co Cs L Ll Lm Lo Lt Lu M Mc Me Mn N Nd Nl No P Pc Pd Pe Pf Pi Po Ps S Sc Sk Sm So "
    "Z Zl Zp Zs"
)
_SCRIPT_NAMES: Final = """
    Adlam Ahom Arabic Armenian Avestan Balinese Bamum Batak Bengali Bhaiksuki Bopomofo
    Brahmi Braille Buginese Buhid Carian Chakma Cham Cherokee Chorasmian Common Coptic
    Cuneiform Cypriot Cyrillic Deseret Devanagari Dogra Duployan Elbasan Elymaic Ethiopic
    Georgian Glagolitic Gothic Grantha Greek Gujarati Gurmukhi Han Hangul Hanunoo Hatran
    Hebrew Hiragana Inherited Javanese Kaithi Kannada Katakana Kawi Kharoshthi Khmer Khojki
    Khudawadi Lao Latin Lepcha Limbu Lisu Lycian Lydian Mahajani Makasar Malayalam Mandaic
    Manichaean Marchen Medefaidrin Miao Modi Mongolian Mro Multani Myanmar Nabataean
    Nandinagari Newa Nko Nushu Ogham Oriya Osage Osmanya Palmyrene Phoenician Rejang Runic
    Samaritan Saurashtra Sharada Shavian Siddham Sinhala Sogdian Soyombo Sundanese Syriac
    Tagalog Tagbanwa Takri Tamil Tangsa Tangut Telugu Thaana Thai Tibetan Tifinagh Tirhuta
    Toto Ugaritic Vai Vithkuqi Wancho Yezidi Yi
    """
_CATEGORIES: Final = frozenset(_CATEGORY_NAMES.split())
_SCRIPTS: Final = frozenset(_SCRIPT_NAMES.split())
_ALIASES: Final = {
    "Casedletter": "LC",
    "Closepunctuation": "Pe",
    "Combiningmark": "M",
    "Connectorpunctuation": "Pc",
    "Control": "Cc",
    "Currencysymbol": "Sc",
    "Dashpunctuation": "Pd",
    "Decimalnumber": "Nd",
    "Enclosingmark": "Me",
    "Finalpunctuation": "Pf",
    "Format": "Cf",
    "Initialpunctuation": "Pi",
    "Letter": "L",
    "Letternumber": "Nl",
    "Lineseparator": "Zl",
    "Lowercaseletter": "Ll",
    "Mark": "M",
    "Mathsymbol": "Sm",
    "Modifierletter": "Lm",
    "Modifiersymbol": "Sk",
    "Nonspacingmark": "Mn",
    "Number": "N",
    "Openpunctuation": "Ps",
    "Other": "C",
    "Otherletter": "Lo",
    "Othernumber": "No",
    "Otherpunctuation": "Po",
    "Othersymbol": "So",
    "Paragraphseparator": "Zp",
    "Privateuse": "Co",
    "Punctuation": "P",
    "Separator": "Z",
    "Spaceseparator": "Zs",
    "Spacingmark": "Mc",
    "Surrogate": "Cs",
    "Symbol": "S",
    "Titlecaseletter": "Lt",
    "Unassigned": "Cn",
    "Uppercaseletter": "Lu",
    "Cntrl": "Cc",
    "Digit": "Nd",
    "Punct": "P",
}
# What RE2 has no name for, or where it leaves out the code points that are not assigned.
_OWN: Final = {
    "Lc": frozenset({"Lu", "Ll", "Lt"}),
    "Cn": frozenset({"Cn"}),
    "C": frozenset({"Cc", "Cf", "Cn", "Co", "Cs"}),
}


def unicode_class(name: str, *, negated: bool) -> str | None:
    r"""Return what to write between RE2's brackets for ``\p{name}``.

    None: Go knows no such class. The text may be empty: the complement of everything.
    """
    canonical = name.translate(_UNSEEN).capitalize() if name.isascii() else ""
    canonical = _ALIASES.get(canonical, canonical)
    if canonical in _CATEGORIES or canonical in _SCRIPTS:
        return f"\\{'P' if negated else 'p'}{{{canonical}}}"
    ranges = _ranges("Lc" if canonical == "LC" else canonical)
    if ranges is None:
        return None
    chosen = _complement(ranges) if negated else ranges
    return "".join(f"\\x{{{low:X}}}-\\x{{{high:X}}}" for low, high in chosen)


@lru_cache(maxsize=8)
def _ranges(name: str) -> tuple[tuple[int, int], ...] | None:
    match name:
        case "Any":
            return ((0, _LAST),)
        case "Ascii":
            return ((0, 0x7F),)
        case "Assigned":
            return _complement(_ranges_of(_OWN["Cn"]))
        case _:
            return _ranges_of(_OWN[name]) if name in _OWN else None


def _ranges_of(categories: frozenset[str]) -> tuple[tuple[int, int], ...]:
    """Return the runs of code points whose category is one of these."""
    inside = (unicodedata.category(chr(point)) in categories for point in range(_LAST + 1))
    found: list[tuple[int, int]] = []
    at = 0
    for chosen, run in groupby(inside):
        length = sum(1 for _ in run)
        if chosen:
            found.append((at, at + length - 1))
        at += length
    return tuple(found)


def _complement(ranges: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
    starts = [0, *(high + 1 for _, high in ranges)]
    ends = [*(low - 1 for low, _ in ranges), _LAST]
    return tuple((low, high) for low, high in zip(starts, ends, strict=True) if low <= high)
