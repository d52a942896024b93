"""An institution's settings: read, and changed by administrators."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.db.tables import Institution
from backend.domain import edits, institution_settings
from backend.domain.errors import InvalidRequest
from backend.domain.institution_settings import SAFETY_TEXTS, InstitutionSettings
from backend.domain.staff import Right, require
from backend.domain.words import clean
from backend.services import audit
from backend.services.audit import Via
from backend.services.desk import Desk
from backend.services.staff import Who

ACTION = "settings.change"


@dataclass(frozen=True)
class InstitutionNamed:
    """Whose settings they are, and the zone of its days."""

    id: str
    name: str
    time_zone: str


def read(desk: Desk, who: Who) -> InstitutionSettings:
    """The settings of a person's institution. Raises `NotAllowed`."""
    require(who.role, Right.CHANGE_SETTINGS)
    with desk.db.read(who.institution_id) as session:
        return _settings(_row(session, who))


def named(desk: Desk, who: Who) -> InstitutionNamed:
    """The person's institution."""
    with desk.db.read(who.institution_id) as session:
        row = _row(session, who)
        return InstitutionNamed(row.public_id, row.name, row.time_zone)


def change(
    desk: Desk,
    who: Who,
    changes: Mapping[str, Any],
    via: Via,
    *,
    seen: InstitutionSettings | None = None,
) -> InstitutionSettings:
    """Change some settings (field of `InstitutionSettings` to its new value), all or none.

    `seen` is what the person had before them: what is still the same is no change, and what
    somebody else has changed since is not overwritten unseen. Raises `NotAllowed`,
    `InvalidRequest` with every fault.
    """
    with audit.refusals(desk, who, via, ACTION):
        require(who.role, Right.CHANGE_SETTINGS)
    with desk.db.write(who.institution_id) as session:
        row = _row(session, who)
        session.refresh(row, with_for_update={"key_share": True})
        before = _settings(row)
        kept = {field: _kept(field, value) for field, value in changes.items()}
        after = edits.merged(before, kept, seen)
        problems = tuple(institution_settings.faults(after))
        if problems:
            raise InvalidRequest(*problems)
        if after != before:
            _keep(row, after)
            audit.record(
                session,
                ACTION,
                by=who.id,
                via=via,
                outcome=f"{audit.DONE}: {edits.told(before, after)}",
                at=desk.clock.now(),
                subject=row.public_id,
            )
        return after


def _row(session: Session, who: Who) -> Institution:
    return session.scalars(select(Institution).where(Institution.id == who.institution_id)).one()


def _settings(row: Institution) -> InstitutionSettings:
    texts = row.safety_texts or {}
    return InstitutionSettings(
        opt_out_scope=row.opt_out_scope,
        safety_text_en=texts.get("en"),
        safety_text_es=texts.get("es"),
        replies_per_hour=row.replies_per_hour,
        hand_back_after_hours=row.hand_back_after_hours,
        quiet_from_hour=row.quiet_from_hour,
        quiet_until_hour=row.quiet_until_hour,
        messages_kept_days=row.messages_kept_days,
        media_kept_days=row.media_kept_days,
        trackers_kept_days=row.trackers_kept_days,
    )


def _kept(field: str, value: Any) -> Any:
    return clean(value).strip() if field in SAFETY_TEXTS and value is not None else value


def _keep(row: Institution, settings: InstitutionSettings) -> None:
    for field, value in vars(settings).items():
        if field not in SAFETY_TEXTS:
            setattr(row, field, value)
    row.safety_texts = by_language(settings.safety_text_en, settings.safety_text_es)


def by_language(en: str | None, es: str | None) -> dict[str, Any] | None:
    """Texts as they are stored: only the languages that have one, None when none has."""
    texts = {"en": en, "es": es}
    return {language: text for language, text in texts.items() if text is not None} or None
