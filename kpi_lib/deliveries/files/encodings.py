"""Vietnamese text in whatever encoding it was typed, as Unicode NFC: TCVN3 (ABC), VNI, windows-1258, half-decomposed.

Fonts do not settle the encoding: cells in `.Vn` fonts hold TCVN3 as a rule, but some hold true Unicode. Each cell is decided from its
characters, by which reading gives legal Vietnamese syllables; the font only breaks a tie.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import lru_cache
from pathlib import Path

_DATA = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
TCVN3 = {ord(old): new for olds, news in _DATA["tcvn3"].items() for old, new in zip(olds, news, strict=True)}

_TONES = {"ù": "\u0301", "ø": "\u0300", "û": "\u0309", "õ": "\u0303", "ï": "\u0323"}
_ROOF = {"â": "", "á": "\u0301", "à": "\u0300", "å": "\u0309", "ã": "\u0303", "ä": "\u0323"}
_BOWL = {"ê": "", "é": "\u0301", "è": "\u0300", "ú": "\u0309", "ü": "\u0303", "ë": "\u0323"}


def _vni_pairs() -> dict[str, str]:
    """VNI writes a vowel and its marks as two letters, and a few letters as one."""
    pairs = {vowel + key: vowel + mark for vowel in "aeouy" for key, mark in _TONES.items()}
    pairs |= {vowel + key: vowel + "\u0302" + mark for vowel in "aeo" for key, mark in _ROOF.items()}
    pairs |= {"a" + key: "a\u0306" + mark for key, mark in _BOWL.items()}
    pairs |= {old + key: new + mark for old, new in (("ô", "ơ"), ("ö", "ư")) for key, mark in _TONES.items()}
    pairs |= {"ô": "ơ", "ö": "ư", "ñ": "đ", "æ": "ỉ", "ó": "ĩ", "ò": "ị", "î": "ỵ", "í": "í", "ì": "ì"}
    upper = {old.upper(): new.upper() for old, new in pairs.items()}
    mixed = {old[0].upper() + old[1:]: new[0].upper() + new[1:] for old, new in pairs.items() if len(old) > 1}
    return {old: unicodedata.normalize("NFC", new) for old, new in (pairs | upper | mixed).items()}


VNI = _vni_pairs()
_VNI_PATTERN = re.compile("|".join(sorted(map(re.escape, VNI), key=len, reverse=True)))

# What only Vietnamese written in Unicode has: letters with horn, breve or stroke, the block of two marks, combining tones.
_CERTAIN = re.compile("[\u0102\u0103\u0110\u0111\u0128\u0129\u0168\u0169\u01a0\u01a1\u01af\u01b0\u1ea0-\u1ef9\u0300-\u0323]")
_HIGH = re.compile("[\u00a1-\u00ff]")
_WORD = re.compile(r"[^\W\d_]+")
_BLANKS = {ord(char): " " for char in "\u00a0\u2002\u2003\u2007\u2009\u202f\u3000"} | {
    ord(char): None for char in "\u200b\u200c\u200d\u2060\ufeff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\x00"
}
_SYLLABLE = re.compile(
    "(?:b|ch|c|d|đ|gh|gi|g|h|kh|k|l|m|ngh|ng|nh|n|ph|p|qu|r|s|th|tr|t|v|x)?"
    "(?:iêu|yêu|uôi|ươi|ươu|oai|oay|oeo|uây|uyê|uya|iê|yê|ia|ya|ua|uâ|uê|uô|ươ|ưa|ưi|ưu|oa|oă|oe|oo|uy|uơ|ao|au|âu|ay|ây|ai|eo|êu|iu|oi|ôi|ơi|ui|a|ă|â|e|ê|i|o|ô|ơ|u|ư|y)"
    "(?:ch|ng|nh|c|m|n|p|t)?"
)
_STOPS = re.compile("(?:ch|c|p|t)$")
_VOWEL = re.compile("[^bcdđfghjklmnpqrstvwxz]", re.IGNORECASE)
_TONE_MARKS = "\u0300\u0301\u0303\u0309\u0323"
COMMON = frozenset(_DATA["frequent"].split())


def is_syllable(word: str) -> bool:
    """Whether a word could be a Vietnamese syllable: legal sounds, at most one tone, a stop only with sắc or nặng.

    >>> [is_syllable(word) for word in ("nghiệp", "quyết", "Tæng", "kãh", "ếch", "ech")]
    [True, True, False, False, True, False]
    """
    return _is_syllable(unicodedata.normalize("NFC", word).lower())


@lru_cache(maxsize=20_000)
def _is_syllable(word: str) -> bool:
    parts = unicodedata.normalize("NFD", word)
    tones = [char for char in parts if char in _TONE_MARKS]
    base = unicodedata.normalize("NFC", "".join(char for char in parts if char not in _TONE_MARKS))
    if len(tones) > 1 or not _SYLLABLE.fullmatch(base):
        return False
    return not _STOPS.search(base) or (bool(tones) and tones[0] in "\u0301\u0323")


def from_tcvn3(text: str, font: str = "") -> str:
    """TCVN3 text as Unicode; the capital fonts (`.VnTimeH`) show every letter as a capital."""
    plain = text.translate(TCVN3)
    return plain.upper() if re.fullmatch(r"\.vn.*h", font.strip(), flags=re.IGNORECASE) else plain


def from_vni(text: str) -> str:
    """VNI text as Unicode."""
    return _VNI_PATTERN.sub(lambda found: VNI[found[0]], text)


def tidy(text: str) -> str:
    """NFC, with invisible characters gone and every kind of blank an ordinary one; line breaks stay."""
    return unicodedata.normalize("NFC", text.translate(_BLANKS)).replace("_x000D_", "").replace("\r\n", "\n").replace("\r", "\n")


def to_unicode(text: str, font: str = "") -> str:
    """Text of one cell as Unicode NFC, decided from its characters; the font counts only where they leave it open.

    >>> to_unicode("Tæng sè", ".VnTime"), to_unicode("Tổng số", ".VnTime"), to_unicode("Toång soá", "VNI-Times")
    ('Tổng số', 'Tổng số', 'Tổng số')
    """
    legacy = font.strip().lower()
    if text.isascii():
        return tidy(from_tcvn3(text, font) if legacy.startswith(".vn") else text)
    if _CERTAIN.search(text) or not _HIGH.search(text) or not re.search(r"[^\W\d_¹²³º¼½¾]", text):
        return tidy(text)
    readings = [("", tidy(text)), (".vn", tidy(from_tcvn3(text, font))), ("vni", tidy(from_vni(text)))]
    if "\xad" in text and not legacy.startswith("vni"):
        readings[0] = ("", text)  # a soft hyphen inside a word is TCVN3's ư; tidied away it would hide
    best = max(
        readings, key=lambda reading: (*_plausible(reading[1]), bool(reading[0]) and legacy.startswith(reading[0]), reading[0] == "")
    )
    return tidy(best[1])


def _plausible(reading: str) -> tuple[int, int]:
    """How many of a reading's words are legal syllables (illegal ones count against it), and how many are frequent."""
    words = _WORD.findall(reading)
    marked = [word for word in words if not word.isascii() and _VOWEL.search(word)]  # ĐVT, ĐTNN are no syllables
    legal = sum(is_syllable(word) for word in marked)
    strange = sum(char in "¡¢£¤¥¦§¨©ª«¬®µ¶·¸¹»¼½¾×÷ß\xad" for char in reading)
    return 2 * legal - len(marked) - strange, sum(word.lower() in COMMON for word in marked)


def decode(content: bytes) -> tuple[str, str] | None:
    """Bytes of a text file as text, and the encoding found; None when no reading makes sense."""
    for mark, name in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if content.startswith(mark):
            return _strict(content, name)
    if content.count(0) > len(content) // 4:
        return _strict(content, "utf-16-le" if content[1::2].count(0) > content[::2].count(0) else "utf-16-be")
    if (utf8 := _strict(content, "utf-8")) is not None:
        text = utf8[0]
        return (to_lines(text), "tcvn3") if _looks_legacy(text) else utf8
    return _eight_bit(content)


def _strict(content: bytes, name: str) -> tuple[str, str] | None:
    try:
        return tidy(content.decode(name)), name
    except UnicodeDecodeError:
        return None


def to_lines(text: str) -> str:
    """Every line by itself: a file may mix encodings between lines, never inside a word."""
    return "\n".join(to_unicode(line) for line in text.splitlines())


def _looks_legacy(text: str) -> bool:
    """Whether UTF-8 text holds TCVN3 letters, as a sheet in a `.Vn` font saved as UTF-8 does."""
    return not _CERTAIN.search(text) and sum(char in "®«¬¨©ª\xad÷×" for char in text) > 2 and _share(to_lines(text)) > 0.9


def _eight_bit(content: bytes) -> tuple[str, str] | None:
    readings = []
    for name, read in (("windows-1258", None), ("tcvn3", from_tcvn3), ("vni", from_vni)):
        try:
            text = content.decode("cp1258") if read is None else read(content.decode("latin-1"))
        except UnicodeDecodeError:
            continue
        readings.append((_share(tidy(text)), name, tidy(text)))
    share, name, text = max(readings)
    return (text, name) if share >= 0.8 else None


def _share(text: str) -> float:
    """Share of the words with marks that are legal syllables; 1 where there is none."""
    marked = [word for word in _WORD.findall(text) if not word.isascii()]
    return sum(is_syllable(word) for word in marked) / len(marked) if marked else 1.0
