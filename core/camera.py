"""Cameras and lenses under the names people know them by."""

import re

# What companies write after their name.
_COMPANY_WORDS = re.compile(
    r"[\s,]+(corporation|corp|incorporated|imaging|optical|company|co|ltd|llc|inc|gmbh|ag|ab|a/?s|sa|oy|electronics"
    r"|electric|digital camera|digital ima\w*|technologies|technology|techwin|limited|photo film|computer|camera"
    r"|systems|mobile|mobility|communications|products|international|usa|korea|anycall|industrial)[\s.,]*$",
    re.IGNORECASE,
)
# The name that people know, and what else its makers call themselves in files, without the words above. The first
# of those is one that people may type.
_BRANDS: dict[str, tuple[str, ...]] = {
    "AgfaPhoto": ("Agfa", "Agfa Gevaert", "Agfa-Gevaert"),
    "Apple": (),
    "Asus": ("Asustek",),
    "BenQ": (),
    "BlackBerry": ("RIM", "Research In Motion"),
    "DJI": ("SZ DJI",),
    "Epson": ("Seiko Epson",),
    "FLIR": ("Teledyne FLIR",),
    "Fujifilm": ("Fuji", "Fuji Photo", "Fuji Film"),
    "GE": ("General Electric", "General Imaging", "General"),
    "Google": (),
    "GoPro": ("Woodman Labs",),
    "HP": ("Hewlett-Packard", "Hewlett Packard"),
    "HTC": (),
    "Hasselblad": ("Victor Hasselblad",),
    "Huawei": (),
    "Insta360": ("Arashi Vision",),
    "JVC": ("JVC Kenwood", "Victor Company of Japan", "JVCKenwood"),
    "Kodak": ("Eastman Kodak", "JK Imaging", "JK"),  # JK Imaging makes cameras under Kodak's name
    "Konica Minolta": ("Konica-Minolta",),
    "LG": ("LGE", "LG Cyon"),
    "Motorola": (),
    "Nokia": ("HMD Global", "HMD"),
    "OM System": ("OM Digital Solutions", "OM Digital"),
    "Olympus": (),
    "OnePlus": (),
    "Oppo": (),
    "Panasonic": ("Matsushita", "Matsushita Electric Industrial"),
    "Pentax": ("Asahi", "Asahi Pentax"),
    "Realme": (),
    "Ricoh": ("Ricoh Imaging", "Pentax Ricoh"),
    "Samsung": (),
    "Sony Ericsson": ("SonyEricsson",),
    "Vivo": (),
    "Xiaomi": (),
    "ZTE": (),
}
_KNOWN = {each.lower(): brand for brand, others in _BRANDS.items() for each in (brand, *others)}
# Cameras that a company sells under another brand, which begins their model's name.
_SOLD_BY = {"Ricoh": ("Pentax",), "Hoya": ("Pentax",)}
_NO_LENS = re.compile(
    r"-+|n/?a|none|unknown.*|no lens.*|manual lens.*|0(?:\.0)?\s?mm f/0(?:\.0)?|[\d\s.]*", re.IGNORECASE
)


def clean_make(make: str, model: str = "") -> str | None:
    """A maker's everyday name ("NIKON CORPORATION" becomes "Nikon"); None when nothing is left.

    `model` tells a brand where the company has several ("RICOH IMAGING COMPANY, LTD.", "PENTAX K-3" is a Pentax).
    """
    name = _tidy(make.replace("_", " ")).strip(" ,.\"'")
    while (shorter := _shortened(name)) != name and name.lower() not in _KNOWN:
        name = shorter
    if not name:
        return None
    known = _KNOWN.get(name.lower())
    for brand in _SOLD_BY.get(known or name.title(), ()):
        if _tidy(model).lower().startswith(brand.lower()):
            return brand
    if known:
        return known
    return name.title() if name.isupper() and len(name) >= 4 and name.replace(" ", "").isalpha() else name


def maker_spellings(make: str, cleaned: str | None) -> tuple[str, ...]:
    """What else a maker is called: as the file writes it, and as people may type it."""
    every = dict.fromkeys(each for each in (_tidy(make), *_BRANDS.get(cleaned or "", ())[:1]) if each)
    return tuple(each for each in every if each.lower() != (cleaned or "").lower())


def _shortened(name: str) -> str:
    """Without one of the words that companies write after their name, if something is left."""
    return _COMPANY_WORDS.sub("", name).strip(" ,.") or name


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
