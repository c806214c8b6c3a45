"""What a file was found to be."""

from dataclasses import dataclass

from core.media import Kind


@dataclass(frozen=True, slots=True)
class SniffedKind:
    """Kind of asset, media type and the usual extension without its dot ("jpg", "mov")."""

    kind: Kind
    mime: str
    extension: str
