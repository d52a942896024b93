"""Campaigns and their contacts as JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from backend.db.tables import ImportState
from backend.domain.campaigns import CampaignState
from backend.domain.conversations import Responder
from backend.domain.provisioned_numbers import NumberKind, NumberState
from backend.domain.sms import LONGEST_TEXT
from backend.domain.words import clean
from backend.web.number_shapes import AreaCode, Digits, Name, Named, ZipCode
from backend.web.shapes import Pages, ProblemItem, Shape

OpeningText = Annotated[str, Field(max_length=LONGEST_TEXT), AfterValidator(clean)]
NumberId = Annotated[str, Field(max_length=40, description="As in the list of numbers.")]


class CampaignPath(Shape):
    """A campaign's id in the address."""

    campaign_id: Annotated[str, Field(max_length=40, description="As in the list of campaigns.")]


class ImportPath(Shape):
    """An import's id in the address."""

    import_id: Annotated[str, Field(max_length=40, description="As the import's start gave it.")]


class SingleUseIn(Shape):
    """A new number for this campaign alone: this very one, or the first that fits the rest."""

    phone_number: Annotated[str, Field(max_length=40)] | None = None
    area_code: AreaCode | None = None
    contains: Digits | None = None
    near_zip: ZipCode | None = None


class CampaignNumberIn(Shape):
    """The campaign's number: an existing reusable one, or a new single-use one; not both."""

    existing: NumberId | None = None
    single_use: SingleUseIn | None = None

    @model_validator(mode="after")
    def _one_of_the_two(self) -> CampaignNumberIn:
        if (self.existing is None) == (self.single_use is None):
            raise ValueError("name an existing number, or ask for a new single-use one")
        return self


class CampaignIn(Shape):
    """A campaign to draft; its number can also be chosen later."""

    office: Named
    name: Name
    responder: Responder
    inbox: Named | None = None
    opening_text: OpeningText = ""
    number: CampaignNumberIn | None = None


class CampaignChangesIn(Shape):
    """What to change of a draft; what is left out stays."""

    name: Name | None = None
    responder: Responder | None = None
    inbox: Named | None = None
    opening_text: OpeningText | None = None
    number: CampaignNumberIn | None = None


class CampaignNumberOut(Shape):
    """The number of a campaign."""

    id: str
    phone_number: str
    kind: NumberKind
    state: NumberState


class CountsOut(Shape):
    """Contacts; of these targeted, with an opening message, and skipped."""

    contacts: int
    targeted: int
    opened: int
    skipped: int


class CampaignOut(Shape):
    """A campaign; `number` null is a draft that has none yet."""

    id: str
    name: str
    office: str
    inbox: str
    number: CampaignNumberOut | None
    responder: Responder
    opening_text: str
    state: CampaignState
    counts: CountsOut
    created_at: datetime
    activated_at: datetime | None
    archived_at: datetime | None


class CampaignPageOut(Pages):
    """Some campaigns, oldest first."""

    campaigns: list[CampaignOut]


class ContactOut(Shape):
    """A contact of a campaign.

    `state` is `waiting`, `skipped`, or how far its opening message is; `why` the reason where that
    did not arrive.
    """

    id: str
    phone_number: str
    name: str | None
    language: str | None
    state: str
    why: str | None


class ContactPageOut(Pages):
    """Some contacts, in the order they came."""

    contacts: list[ContactOut]


class RowFaultOut(ProblemItem):
    """A bad row: its number as a spreadsheet shows it, the column, what to do."""

    row: int


class ReportOut(Shape):
    """What importing a file would do. `problems` are the first 1,000 of the `bad` rows.

    `contacts_left` is what the contract still covers; null for who may not see its limits.
    """

    rows: int
    good: int
    bad: int
    problems: list[RowFaultOut]
    new: int
    already_there: int
    opted_out: int
    newly_targeted: int
    contacts_left: int | None


class ImportOut(Shape):
    """How far an import is: `rows_done` of `rows_total` good rows."""

    id: str
    campaign: str
    state: ImportState
    rows_total: int
    rows_done: int
    added: int
    already_there: int
    bad: int
    problems: list[RowFaultOut]
    created_at: datetime
    finished_at: datetime | None
