"""The query language of search: `object:bus text:"cero emisiones" taken:2019..2021-06 -has:faces lisbon`.

Words without a field are searched everywhere; several must all match; `-` in front excludes; "words in quotes"
must stand together just so. A colon alone makes no field: `12:30` or `https://…` are words; but what is written
like a field and is none, such as `folder:lisbon`, is an error that says which there are.
"""

import re
import unicodedata
from dataclasses import dataclass
from dataclasses import field as attribute

from core.errors import BadRequest, UnknownFilter
from core.filters import READERS, Value, read_value
from core.unknown_filters import like_a_filter, name_before_colon, nearest_filter

WORD_FIELDS = {
    "object": ("object", "tag"),
    "text": ("text",),
    "said": ("said",),
    "place": ("place",),
    "camera": ("camera",),
    "name": ("name",),
    "tag": ("tag",),
    "comment": ("comment",),
    "country": (),  # these two are looked up in the asset's own columns
    "lens": (),
}
"""Field → kinds of term it searches."""
FIELDS = (*WORD_FIELDS, *READERS)
MOST_CHARACTERS = 1000
MOST_CLAUSES = 32
MOST_WORDS = 20
_LONGEST_WORD = 100
NOT_YET = {"person": "persons have no names yet", "album": "there are no albums yet"}
"""Fields of the language that find nothing so far, and why."""
_KNOWN = (*FIELDS, *NOT_YET)
# Words that only join others: among others they need not be found. In "quotes" they count.
_JOINING_WORDS = """a an the of in on at to for from by with and or is are was were be my our your his her their
its this that these those it i we you he she they me us some any as into over under near"""
_JOINING = frozenset(_JOINING_WORDS.split())
_IDLE_NOTE = 'too common to be searched for; in "quotes" it would be'
_QUOTES = str.maketrans(dict.fromkeys("“”„‟″", '"'))
_TOKEN = re.compile(r'(?:"[^"]*"?|[^\s"])+')
_FIELD = re.compile(r"([A-Za-z]+):")
# What search_text() of the database takes for gaps between words; both must agree.
_GAPS = re.compile(r"[\s\u0000-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u2000-\u206f\u3000-\u303f]+")


@dataclass(frozen=True, slots=True)
class Clause:
    """One condition. Either `words` (searched; `phrase`: together and exactly so) or `value` is set.

    `raw` is what was typed and `span` where (characters from, to); neither counts for equality.
    """

    field: str | None
    words: tuple[str, ...] = ()
    phrase: bool = False
    negated: bool = False
    value: Value | None = None
    raw: str = attribute(default="", compare=False)
    span: tuple[int, int] = attribute(default=(0, 0), compare=False)

    @property
    def is_searched(self) -> bool:
        """Whether its words are looked for in terms; if not it is a condition on the asset itself."""
        return self.value is None and (self.field is None or bool(WORD_FIELDS.get(self.field)))

    @property
    def is_free(self) -> bool:
        """Whether it is a mere word, which may also be found by its meaning."""
        return self.field is None and not self.phrase and not self.negated

    @property
    def text(self) -> str:
        """What is asked for, without field and sign, as a chip shows it."""
        return str(self.value).strip('"') if self.value is not None else " ".join(self.words)

    def __str__(self) -> str:
        inner = str(self.value) if self.value is not None else self.text
        quoted = f'"{inner}"' if self.phrase else inner
        return f"{'-' if self.negated else ''}{self.field + ':' if self.field else ''}{quoted}"


@dataclass(frozen=True, slots=True)
class Query:
    """All its clauses must hold. Without any it means the whole library."""

    clauses: tuple[Clause, ...]

    def __str__(self) -> str:
        return " ".join(str(clause) for clause in self.clauses)

    @property
    def idle(self) -> frozenset[int]:
        """Indices of clauses that are not looked for: words that only join other parts of the query."""
        joining = {
            index
            for index, clause in enumerate(self.clauses)
            if clause.is_free and clause.words[0].lower() in _JOINING
        }
        return frozenset(joining) if len(joining) < len(self.clauses) else frozenset()

    @property
    def free(self) -> dict[int, str]:
        """Its mere words that are looked for, by the index of their clause."""
        idle = self.idle
        return {
            index: clause.text for index, clause in enumerate(self.clauses) if clause.is_free and index not in idle
        }

    @property
    def in_words(self) -> str:
        """All its mere words as one text, for what they mean together."""
        return " ".join(clause.text for clause in self.clauses if clause.is_free)

    def note(self, index: int) -> str | None:
        """What a person should know about a part; None when there is nothing to say."""
        clause = self.clauses[index]
        name = name_before_colon(clause.raw) if clause.field is None else None
        if name and (nearest := nearest_filter(name, _KNOWN)):
            return f"there is no filter {name}: (there is {nearest}:); this is searched for as a word"
        return _IDLE_NOTE if index in self.idle else NOT_YET.get(clause.field or "")


def parse(text: str) -> Query:
    """Read a query. Raises BadRequest, and nothing else, naming the piece that is wrong and an example."""
    if len(text) > MOST_CHARACTERS:
        raise BadRequest(f"a query may have {MOST_CHARACTERS} characters; this one has {len(text)}")
    tokens = list(_TOKEN.finditer(text.translate(_QUOTES)))
    clauses: list[Clause] = []
    at = 0
    while at < len(tokens):
        start, end, token = tokens[at].start(), tokens[at].end(), tokens[at][0]
        at += 1
        negated = token.startswith("-") and len(token) > 1
        token = token[1:] if negated else token
        known = _known_field(token)
        if known is not None:
            token = token[len(known) + 1 :]
            if not token and at < len(tokens) and _known_field(tokens[at][0].lstrip("-")) is None:
                token, end, at = tokens[at][0], tokens[at].end(), at + 1  # "taken: 2019"
        elif unknown := like_a_filter(token):
            raise _unknown_filter(text, (start, end), *unknown, negated=negated)
        clause = _clause(known, token, negated, text[start:end], (start, end))
        if clause is not None:
            clauses.append(clause)
    if len(clauses) > MOST_CLAUSES:
        raise BadRequest(f"a query may have {MOST_CLAUSES} parts; this one has {len(clauses)}")
    return Query(tuple(clauses))


def split_words(text: str) -> tuple[str, ...]:
    """The words of a text as the database sees them: composed Unicode, cut at spaces and punctuation."""
    whole = unicodedata.normalize("NFC", text.encode("utf-8", "replace").decode("utf-8"))
    return tuple(word for word in _GAPS.split(whole) if word)


def _unknown_filter(text: str, span: tuple[int, int], name: str, value: str, *, negated: bool) -> UnknownFilter:
    """What to say of a filter that does not exist, with two queries that mean something in its place."""

    def instead(part: str) -> str:
        return f"{text[: span[0]]}{'-' if negated else ''}{part}{text[span[1] :]}".strip()

    nearest, corrected = nearest_filter(name, _KNOWN), None
    if nearest:
        try:
            _clause(nearest, value, negated, value, span)
            corrected = instead(f"{nearest}:{value}")
        except BadRequest:
            nearest = None  # it could not take this value
    as_words = instead('"' + f"{name}:{value}".replace('"', "") + '"')
    return UnknownFilter(name, _KNOWN, nearest, corrected, as_words)


def _known_field(token: str) -> str | None:
    found = _FIELD.match(token)
    name = found[1].lower() if found else None
    return name if name in _KNOWN else None


def _clause(known: str | None, token: str, negated: bool, raw: str, span: tuple[int, int]) -> Clause | None:
    if known in READERS:
        value = read_value(known, token.replace('"', ""))
        return Clause(known, negated=negated, value=value, raw=raw, span=span)
    words = split_words(token)
    if not words:
        if known is None:
            return None  # a lone dash, an exclamation mark
        raise BadRequest(f'{raw} says nothing to look for; for example {known}:bus or {known}:"two words"')
    if len(words) > MOST_WORDS:
        raise BadRequest(f"{raw[:60]}… has more than {MOST_WORDS} words")
    longest = max(words, key=len)
    if len(longest) > _LONGEST_WORD:
        raise BadRequest(f"{longest[:30]}… is longer than {_LONGEST_WORD} characters")
    phrase = len(words) > 1 or token.startswith('"')
    return Clause(known, words, phrase, negated, raw=raw, span=span)
