"""Archive a campaign: it ends for good, and a single-use number goes back to the carrier."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.db.tables import Campaign, Message
from backend.domain.campaigns import CampaignState
from backend.domain.errors import Conflict
from backend.domain.messages import NOT_HANDED_OVER
from backend.domain.provisioned_numbers import NumberKind
from backend.domain.staff import Right, require
from backend.services import campaign_life, campaigns
from backend.services.desk import Desk
from backend.services.jobs import mentions
from backend.services.jobs.job import Asked, Asker, Choice, Done, Facts, Field, Question
from backend.services.staff import Who


class ArchiveCampaign:
    """FAQ, "Can another school use the same provisioned number?": a single-use number goes back."""

    name = "archive_campaign"
    action = "campaign.archive"

    def __init__(self) -> None:
        self.fields: tuple[Field, ...] = (Field("campaign", _campaign),)

    def require(self, session: Session, desk: Desk, who: Who) -> None:
        """Who may run campaigns."""
        require(who.role, Right.RUN_CAMPAIGNS)

    def describe(
        self, session: Session, desk: Desk, who: Who, known: Mapping[str, Choice]
    ) -> tuple[Facts, Facts]:
        """campaign, campaign_id, state, number {id, phone_number, name, kind}, after (released,
        stays, none), response, inbox; unsent.
        """
        campaign = campaigns.found(session, who, known["campaign"].value)
        return _what_it_means(campaign), {"unsent": _unsent(session, campaign)}

    def carry_out(
        self, session: Session, desk: Desk, asker: Asker, request: Mapping[str, str]
    ) -> Done:
        """The facts and figures again."""
        campaign = campaigns.found(session, asker.who, request["campaign"])
        receipt = {**_what_it_means(campaign), "unsent": _unsent(session, campaign)}
        errands = campaign_life.archive_in(session, desk, asker.who, campaign.public_id, asker.via)
        return Done(receipt, errands)


def _campaign(asked: Asked) -> Choice | Question:
    seen = asked.session.scalars(campaigns.seen_by(asked.who).order_by(Campaign.id.desc())).all()
    running = [one for one in seen if one.state is not CampaignState.ARCHIVED]
    running.sort(key=lambda one: one.state is not CampaignState.ACTIVE)
    found = mentions.meant(asked.said, running) if asked.said else ()
    if not found and asked.said:
        ended = mentions.meant(asked.said, [one for one in seen if one not in running])
        if len(ended) == 1:
            sentence = f"The campaign “{ended[0].name}” is archived already."
            raise Conflict(sentence, why="archived_already", campaign=ended[0].name)
    if not running:
        raise Conflict("There is no campaign that you could archive.", why="no_campaign")
    return mentions.one_of("campaign", asked.said, found, running, mentions.choice)


def _what_it_means(campaign: Campaign) -> Facts:
    number = campaign.number
    if number is None:
        after = "none"
    else:
        after = "released" if number.kind is NumberKind.SINGLE_USE else "stays"
    stays = number if after == "stays" else None
    return {
        "campaign": campaign.name,
        "campaign_id": campaign.public_id,
        "state": campaign.state.value,
        "number": {**mentions.number_facts(number), "kind": number.kind.value} if number else None,
        "after": after,
        "response": stays.unsolicited_response.value if stays else None,
        "inbox": stays.unsolicited_inbox.name if stays else None,
    }


def _unsent(session: Session, campaign: Campaign) -> int:
    query = select(func.count(Message.id)).where(
        Message.campaign_id == campaign.id, Message.status.in_(NOT_HANDED_OVER)
    )
    return session.scalar(query) or 0
