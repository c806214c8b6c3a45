"""How languages write months and the halves of a day, as phones, systems and programs put them into names and
tags."""

import re
import unicodedata

# Twelve each. What two languages write alike means the same month in both: mar, apr, maj …
_MONTHS = (
    "january february march april may june july august september october november december",
    "jan feb mar apr may jun jul aug sept oct nov dec",
    "jan feb mär apr mai jun jul aug sep okt nov dez",
    "jän feb märz apr mai juni juli aug sep okt nov dez",
    "janv févr mars avr mai juin juil août sept oct nov déc",
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "ene feb mar abr may jun jul ago sep oct nov dic",
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "jan fev mar abr mai jun jul ago set out nov dez",
    "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "gen feb mar apr mag giu lug ago set ott nov dic",
    "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "jan feb mrt apr mei jun jul aug sep okt nov dec",
    "januari februari maart april mei juni juli augustus september oktober november december",
    "januar februar marts april maj juni juli august september oktober november december",
    "tammi helmi maalis huhti touko kesä heinä elo syys loka marras joulu",
    "sty lut mar kwi maj cze lip sie wrz paź lis gru",
    "styczeń luty marzec kwiecień maj czerwiec lipiec sierpień wrzesień październik listopad grudzień",
    "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
    "leden úno bře duben kvě čvn čvc srp zář říj lis prosinec",
    "ledna února března dubna května června července srpna září října listopadu prosince",
    "ian feb mar apr mai iun iul aug sep oct noi dec",
    "jan feb márc ápr máj jún júl aug szept okt nov dec",
    "oca şub mar nis may haz tem ağu eyl eki kas ara",
    "ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık",
    "янв фев мар апр мая июн июл авг сен окт ноя дек",
    "янв фев март апр май июн июл авг сент окт нояб дек",
    "січ лют бер кві тра чер лип сер вер жов лис гру",
    "яну фев мар апр май юни юли авг сеп окт ное дек",
    "ιαν φεβ μαρ απρ μαϊ ιουν ιουλ αυγ σεπ οκτ νοε δεκ",
    "ιαν φεβ μάρ απρ μάι ιούν ιούλ αύγ σεπ οκτ νοέ δεκ",
    "ינואר פברואר מרץ אפריל מאי יוני יולי אוגוסט ספטמבר אוקטובר נובמבר דצמבר",
    "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر",
    "जनवरी फ़रवरी मार्च अप्रैल मई जून जुलाई अगस्त सितंबर अक्टूबर नवंबर दिसंबर",
    "มกราคม กุมภาพันธ์ มีนาคม เมษายน พฤษภาคม มิถุนายน กรกฎาคม สิงหาคม กันยายน ตุลาคม พฤศจิกายน ธันวาคม",
    "januari februari maret april mei juni juli agustus september oktober november desember",
)
# Before noon, after noon. Written small and without dots, spaces and accents, see `half_of`.
_HALVES = (
    *("am pm", "오전 오후", "上午 下午", "午前 午後", "πμ μμ", "sa ch", "sang chieu", "ص م", "قظ بظ"),
    *("לפנהצ אחהצ", "oo os", "पूर्वाह्न अपराह्न", "मपू मउ", "পূর্বাহ্ন অপরাহ্ন", "முற்பகல் பிற்பகல்", "ก่อนเที่ยง หลังเที่ยง"),
    *(
        "pg ptg",
        "dop odp",
        "дп пп",
        "прoб слoб",
        "преди следобед",
        "proб слоб",
        "fm em",
        "ap ip",
        "pd md",
        "vm nm",
    ),
    *("早上 晚上", "凌晨 傍晚", "清晨 中午", "de du", "सुबह शाम", "पूर्वाह्न दोपहर"),
)
# The same as people write some of them, with accents and signs.
_WRITTEN = ("öö", "ös", "sáng", "chiều", "d[eu][.]", "לפנה״צ", "אחה״צ", "пр[.]об", "сл[.]об")


def _plain(word: str) -> str:
    """Small, without accents, dots, spaces and the marks of writing from right to left."""
    parts = unicodedata.normalize("NFD", word.lower().replace("ı", "i"))
    return "".join(each for each in parts if each.isalnum() or unicodedata.category(each) == "Mc")


MONTH_STEMS = {
    _plain(stem): at for stems in _MONTHS for at, stem in enumerate(stems.split(), start=1) if len(stem) >= 3
}
_HALF_WORDS = {_plain(word): half for pair in _HALVES for word, half in zip(pair.split(), "ap", strict=True)}


def month_of(word: str) -> int | None:
    """The number of a month by its name, as a whole or as languages cut it short; None for other words.

    Where names are inflected (Greek, Cyrillic, Finnish) the beginning is enough; elsewhere "marching" is no month.
    """
    plain = _plain(word)
    if plain in MONTH_STEMS:
        return MONTH_STEMS[plain]
    bare = re.sub("kuu(?:ta|n|ssa)?$", "", plain)
    if bare != plain:
        return MONTH_STEMS.get(bare)
    if plain[:1] >= "\u0370":
        return next(
            (MONTH_STEMS[plain[:n]] for n in range(len(plain) - 1, 2, -1) if plain[:n] in MONTH_STEMS), None
        )
    return None


def half_of(word: str) -> str | None:
    """ "a" for what languages write of the hours before noon, "p" for those after; None for other words."""
    return _HALF_WORDS.get(_plain(word))


def half_pattern() -> str:
    """A regular expression for all of those words, with dots and spaces where people put them."""
    words = {word for pair in _HALVES for word in pair.split()} - {"de", "du"}
    spread = (
        r"[.\s]{0,2}".join(each) if len(each) <= 2 else each for each in sorted(words, key=len, reverse=True)
    )
    return rf"(?:{'|'.join((*spread, *_WRITTEN))})\.?"


_HALF_WORD = re.compile(rf"(?<![^\W\d_]){half_pattern()}(?![^\W\d_])", re.IGNORECASE)


def in_latin(text: str) -> str:
    """A time as tags write it, with Latin digits, and AM or PM at its end for the words of other languages."""
    plain = plain_digits(text)
    found = _HALF_WORD.search(plain)
    half = half_of(found[0]) if found else None
    if found is None or half is None:
        return plain.strip()
    return " ".join(f"{plain[: found.start()]} {plain[found.end() :]} {half}m".split())


def plain_digits(text: str) -> str:
    """`text` as one composes it, with the digits 0 to 9 whatever script they are in, common spaces and no marks of
    writing direction: macOS decomposes names, and Arabic systems write their own digits."""
    composed = unicodedata.normalize("NFKC", text)
    return "".join(
        str(unicodedata.decimal(each)) if each.isdecimal() else " " if each.isspace() else each
        for each in composed
        if unicodedata.category(each) != "Cf"
    )
