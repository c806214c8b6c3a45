"""Cameras and lenses under the names people know them by."""

import re

# What companies write after their name.
_COMPANY_WORDS = re.compile(
    r"[\s,]+(corporation|corp|imaging|optical|company|co|ltd|inc|gmbh|ag|electronics|electric|digital camera"
    r"|technologies|technology|techwin|limited|photo film|computer)\b[.,]*",
    re.IGNORECASE,
)
_BRANDS = {
    "apple": "Apple",
    "asahi": "Pentax",
    "casio": "Casio",
    "eastman kodak": "Kodak",
    "google": "Google",
    "huawei": "Huawei",
    "motorola": "Motorola",
    "samsung": "Samsung",
    "xiaomi": "Xiaomi",
    "hewlett-packard": "HP",
    "konica minolta": "Konica Minolta",
    "gopro": "GoPro",
    "oneplus": "OnePlus",
    "lg": "LG",
    "lge": "LG",
    "lg electronics": "LG",
    "om digital solutions": "OM System",
    "arashi vision": "Insta360",
}
_NO_LENS = re.compile(
    r"-+|n/?a|none|unknown.*|no lens.*|manual lens.*|0(?:\.0)?\s?mm f/0(?:\.0)?|[\d\s.]*", re.IGNORECASE
)


def clean_make(make: str) -> str | None:
    """A maker's everyday name ("NIKON CORPORATION" becomes "Nikon"); None when nothing is left."""
    name = _tidy(make)
    while (shorter := _COMPANY_WORDS.sub(" ", name).strip(" ,.")) != name and shorter:
        name = shorter
    if not name:
        return None
    if known := _BRANDS.get(name.lower()):
        return known
    return name.title() if name.isupper() and len(name) >= 4 and name.isalpha() else name


def clean_model(model: str, makes: tuple[str | None, ...]) -> str | None:
    """A model's name without its maker's ("Canon EOS 70D" by Canon becomes "EOS 70D").

    `makes` are the maker's names, as written and as cleaned.
    """
    name = _tidy(model)
    for make in makes:
        if make and name.lower().startswith(make.lower() + " "):
            name = name[len(make) :].strip()
    return name or None


def clean_lens(*candidates: object) -> str | None:
    """The first candidate that names a lens; makers write dashes, zeros and "n/a" for none."""
    for candidate in candidates:
        if candidate is None:
            continue
        name = _tidy(str(candidate))
        if name and not _NO_LENS.fullmatch(name):
            return name[:200]
    return None


def _tidy(text: str) -> str:
    return " ".join(text.replace("\0", " ").split())[:200]
