"""What a person says of the language that is spoken."""

from typing import Annotated

from pydantic import Field, StringConstraints

from api.schemas.values import Id, Wire

LanguageCode = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}([-_][A-Za-z]{2,4})?$")]


class SpokenLanguage(Wire):
    language: LanguageCode | None = Field(description="As in de or pt-BR; null: let it be found out again.")


class LanguageChosen(Wire):
    """What is kept, and whether the speech is being written down again (it waits already: 0)."""

    asset_id: Id
    language: str | None
    queued: int
