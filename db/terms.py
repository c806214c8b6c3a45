"""Searchable words: what an analysis found is written here, within the transaction that saves its result."""

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from statistics import fmean
from typing import Any

from core.terms import TERM_KINDS, Term, TermKind, storable
from db.connect import Connection
from db.queries import load_queries

_FLOWING: tuple[TermKind, ...] = ("text", "said", "comment")  # where a phrase may run over several lines
_PART_WORDS = 2000
_OVERLAP_WORDS = 30  # more than the longest phrase a query may have


def replace_terms(
    connection: Connection, asset_id: int, analysis: str, version: str, terms: Sequence[Term]
) -> None:
    """Forget what the analysis said about this asset before and keep these terms, in reading order.

    Call it once per analysis and transaction, with all kinds of terms together.
    """
    replace_terms_of_many(connection, analysis, version, {asset_id: terms})


def replace_terms_of_many(
    connection: Connection, analysis: str, version: str, terms: Mapping[int, Sequence[Term]]
) -> None:
    """The same for several assets at once (asset id → terms); a fixed number of statements."""
    queries = load_queries("terms")
    connection.execute(queries["delete_terms"], {"asset_ids": sorted(terms), "analysis": analysis})
    add_terms(connection, analysis, version, terms)


def add_terms(connection: Connection, analysis: str, version: str, terms: Mapping[int, Sequence[Term]]) -> None:
    """Terms of assets of which the analysis has said nothing yet: asset id → terms, in reading order."""
    queries = load_queries("terms")
    given = {"analysis": analysis, "version": version}
    rows: list[dict[str, Any]] = []
    documents: list[dict[str, Any]] = []
    for asset_id in sorted(terms):
        kept = list(storable(list(terms[asset_id])))
        rows += _rows(asset_id, kept)
        documents += _documents(asset_id, kept)
    if not rows:
        return
    connection.execute(queries["insert_terms"], {**given, "rows": json.dumps(rows, allow_nan=False)})
    if documents:
        connection.execute(queries["insert_documents"], {**given, "rows": json.dumps(documents)})


def _rows(asset_id: int, terms: list[Term]) -> Iterator[dict[str, Any]]:
    ordinals = dict.fromkeys(TERM_KINDS, 0)
    for term in terms:
        box = term.box
        yield {
            "asset_id": asset_id,
            "kind": term.kind,
            "ordinal": ordinals[term.kind],
            "words": term.words,
            "score": term.score,
            **({"x": box.x, "y": box.y, "w": box.w, "h": box.h} if box else {}),
            "at_s": term.at_s,
            "end_s": term.end_s,
            "word_at_s": term.word_at_s,
        }
        ordinals[term.kind] += 1


def _documents(asset_id: int, terms: list[Term]) -> Iterator[dict[str, Any]]:
    for kind in _FLOWING:
        lines = [term for term in terms if term.kind == kind]
        part = 0
        # Writing in one frame of a video does not go on in the next one; speech does.
        for _, group in groupby(lines, key=lambda term: term.at_s if term.kind == "text" else None):
            together = list(group)
            if len(together) < 2:
                continue  # a phrase within one line is found in `term`
            words = " ".join(term.words for term in together).split()
            scores = [term.score for term in together if term.score is not None]
            for start in range(0, len(words), _PART_WORDS):
                yield {
                    "asset_id": asset_id,
                    "kind": kind,
                    "part": part,
                    "score": fmean(scores) if scores else None,
                    "words": " ".join(words[start : start + _PART_WORDS + _OVERLAP_WORDS]),
                }
                part += 1
