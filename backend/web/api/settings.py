"""Settings in the API: the institution's, an office's, and how fast is sent."""

from __future__ import annotations

from flask import Response

from backend.domain.staff import Scope
from backend.services import institution_settings, office_settings, pace_settings
from backend.web.api.blueprint import answer, api, asker, via
from backend.web.campaign_shapes import CampaignPath
from backend.web.number_shapes import NumberPath
from backend.web.session import desk
from backend.web.settings_shapes import (
    InstitutionSettingsIn,
    InstitutionSettingsOut,
    OfficePath,
    OfficeSettingsIn,
    OfficeSettingsOut,
    PaceIn,
    PaceOut,
)


@api.get("/settings", summary="The institution’s settings", responses={200: InstitutionSettingsOut})
def read_settings() -> Response:
    """What holds for all offices; administrators only."""
    settings = institution_settings.read(desk(), asker(Scope.SETTINGS_READ))
    return answer(InstitutionSettingsOut, InstitutionSettingsOut.of(settings))


@api.patch(
    "/settings",
    summary="Change the institution’s settings",
    responses={200: InstitutionSettingsOut},
)
def change_settings(body: InstitutionSettingsIn) -> Response:
    """Change what is named, all of it or nothing; administrators only."""
    who = asker(Scope.SETTINGS_WRITE)
    settings = institution_settings.change(desk(), who, body.changes(), via())
    return answer(InstitutionSettingsOut, InstitutionSettingsOut.of(settings))


@api.get(
    "/offices/<office_id>/settings",
    summary="An office’s settings",
    responses={200: OfficeSettingsOut},
)
def read_office_settings(path: OfficePath) -> Response:
    """Opening hours, holidays, away notes, who is on call, canned replies."""
    office = office_settings.read(desk(), asker(Scope.SETTINGS_READ), path.office_id)
    return answer(OfficeSettingsOut, OfficeSettingsOut.of(office))


@api.patch(
    "/offices/<office_id>/settings",
    summary="Change an office’s settings",
    responses={200: OfficeSettingsOut},
)
def change_office_settings(path: OfficePath, body: OfficeSettingsIn) -> Response:
    """Change what is named, all of it or nothing; your own office’s, administrators every one’s."""
    who = asker(Scope.SETTINGS_WRITE)
    office = office_settings.change(desk(), who, path.office_id, body.changes(), via())
    return answer(OfficeSettingsOut, OfficeSettingsOut.of(office))


@api.get("/numbers/<number_id>/pace", summary="How fast it sends", responses={200: PaceOut})
def read_number_pace(path: NumberPath) -> Response:
    """The pace that was set for a number."""
    who = asker(Scope.NUMBERS_READ)
    return answer(PaceOut, pace_settings.of_number(desk(), who, path.number_id))


@api.patch("/numbers/<number_id>/pace", summary="Set how fast it sends", responses={200: PaceOut})
def change_number_pace(path: NumberPath, body: PaceIn) -> Response:
    """Set how many text segments a number sends in a minute and in a day."""
    who, changes = asker(Scope.NUMBERS_WRITE), body.model_dump(exclude_unset=True)
    return answer(PaceOut, pace_settings.change_number(desk(), who, path.number_id, changes, via()))


@api.get("/campaigns/<campaign_id>/pace", summary="How fast it sends", responses={200: PaceOut})
def read_campaign_pace(path: CampaignPath) -> Response:
    """The pace that was set for a campaign."""
    who = asker(Scope.CAMPAIGNS_READ)
    return answer(PaceOut, pace_settings.of_campaign(desk(), who, path.campaign_id))


@api.patch(
    "/campaigns/<campaign_id>/pace", summary="Set how fast it sends", responses={200: PaceOut}
)
def change_campaign_pace(path: CampaignPath, body: PaceIn) -> Response:
    """Set how many text segments a campaign sends in a minute and in a day, also while it runs."""
    who, changes = asker(Scope.CAMPAIGNS_WRITE), body.model_dump(exclude_unset=True)
    return answer(
        PaceOut, pace_settings.change_campaign(desk(), who, path.campaign_id, changes, via())
    )
