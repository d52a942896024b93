"""Campaigns in the API: draft, contacts from a file, start, end."""

from __future__ import annotations

from typing import Final

from flask import Request, Response, url_for
from flask_openapi3.models import RawModel
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from backend.domain.staff import Scope
from backend.services import campaign_contacts, campaign_life, campaigns, contact_imports
from backend.services.campaigns import Changes, NewCampaign
from backend.services.ordering import Wish
from backend.web.api.blueprint import PREFIX, answer, api, asker, via
from backend.web.campaign_shapes import (
    CampaignChangesIn,
    CampaignIn,
    CampaignOut,
    CampaignPageOut,
    CampaignPath,
    ContactPageOut,
    ImportOut,
    ImportPath,
    ReportOut,
    SingleUseIn,
)
from backend.web.session import desk
from backend.web.shapes import IdempotencyHeader, PageIn

LARGEST_FILE: Final = 25_000_000
CSV: Final = "text/csv"


class CsvFile(RawModel):
    """A CSV file in UTF-8 with a header: phone, and optionally name and language."""

    mimetypes = [CSV]  # noqa: RUF012 — as the library declares it


@api.get("/campaigns", summary="Campaigns", responses={200: CampaignPageOut})
def list_campaigns(query: PageIn) -> Response:
    """Your office's campaigns, or every office's for administrators; archived ones too."""
    who = asker(Scope.CAMPAIGNS_READ)
    page = campaigns.listed(desk(), who, after=query.after, limit=query.limit)
    return answer(CampaignPageOut, page)


@api.post("/campaigns", summary="Draft a campaign", responses={201: CampaignOut})
def create_campaign(header: IdempotencyHeader, body: CampaignIn) -> Response:
    """Draft a campaign on a number of its office, on a new single-use number, or without one yet.

    A new number is ordered at once: its state says whether the carrier has confirmed it. Where
    none can be had there is no campaign either.
    """
    new = NewCampaign(
        office=body.office,
        name=body.name,
        responder=body.responder,
        opening_text=body.opening_text,
        inbox=body.inbox,
        number_id=body.number.existing if body.number else None,
    )
    who, key = asker(Scope.CAMPAIGNS_WRITE), header.idempotency_key
    single_use = body.number.single_use if body.number else None
    campaign = (
        campaigns.create(desk(), who, new, via(), key=key)
        if single_use is None
        else campaigns.create_with_number(desk(), who, new, _wish(single_use), via(), key=key)
    )
    response = answer(CampaignOut, campaign, 201)
    response.headers["Location"] = url_for("api.read_campaign", campaign_id=campaign.id)
    return response


@api.get("/campaigns/<campaign_id>", summary="One campaign", responses={200: CampaignOut})
def read_campaign(path: CampaignPath) -> Response:
    """A campaign that you may see."""
    who = asker(Scope.CAMPAIGNS_READ)
    return answer(CampaignOut, campaigns.read(desk(), who, path.campaign_id))


@api.patch("/campaigns/<campaign_id>", summary="Change a draft", responses={200: CampaignOut})
def change_campaign(path: CampaignPath, body: CampaignChangesIn) -> Response:
    """Change a draft; a new single-use number is ordered only for one that has no number."""
    who, campaign_id = asker(Scope.CAMPAIGNS_WRITE), path.campaign_id
    changes = Changes(
        name=body.name,
        responder=body.responder,
        opening_text=body.opening_text,
        inbox=body.inbox,
        number_id=body.number.existing if body.number else None,
    )
    campaign = campaigns.edit(desk(), who, campaign_id, changes, via())
    if body.number is not None and body.number.single_use is not None:
        wish = _wish(body.number.single_use)
        campaign = campaigns.order_number(desk(), who, campaign_id, wish, via())
    return answer(CampaignOut, campaign)


@api.post("/campaigns/<campaign_id>/activate", summary="Start it", responses={200: CampaignOut})
def activate_campaign(path: CampaignPath) -> Response:
    """Target its contacts and send them the opening message; again changes nothing."""
    who = asker(Scope.CAMPAIGNS_WRITE)
    return answer(CampaignOut, campaign_life.activate(desk(), who, path.campaign_id, via()))


@api.post("/campaigns/<campaign_id>/archive", summary="End it", responses={200: CampaignOut})
def archive_campaign(path: CampaignPath) -> Response:
    """End it for good: a single-use number goes back to the carrier; again changes nothing."""
    who = asker(Scope.CAMPAIGNS_WRITE)
    return answer(CampaignOut, campaign_life.archive(desk(), who, path.campaign_id, via()))


@api.get(
    "/campaigns/<campaign_id>/contacts", summary="Its contacts", responses={200: ContactPageOut}
)
def list_contacts(path: CampaignPath, query: PageIn) -> Response:
    """Who is in the campaign, and what came of each opening message."""
    who = asker(Scope.CAMPAIGNS_READ)
    page = campaign_contacts.listed(
        desk(), who, path.campaign_id, after=query.after, limit=query.limit
    )
    return answer(ContactPageOut, page)


@api.get(
    "/campaigns/<campaign_id>/contacts.csv",
    summary="Its contacts as a file",
    responses={200: {"description": "The file", "content": {CSV: {"schema": {"type": "string"}}}}},
)
def export_contacts(path: CampaignPath) -> Response:
    """The contacts as CSV, safe to open in a spreadsheet, and fit to be imported again."""
    who = asker(Scope.CAMPAIGNS_READ)
    content = campaign_contacts.export(desk(), who, path.campaign_id, via())
    headers = {"Content-Disposition": f"attachment; filename={path.campaign_id}.csv"}
    return Response(content, mimetype="text/csv", headers=headers)


@api.post(
    "/campaigns/<campaign_id>/contacts/preview",
    summary="Look at a file of contacts",
    responses={200: ReportOut},
)
def preview_contacts(path: CampaignPath, raw: CsvFile) -> Response:
    """What importing the file would do, with its bad rows; nothing is stored."""
    who = asker(Scope.CAMPAIGNS_WRITE)
    report = contact_imports.preview(desk(), who, path.campaign_id, _content(raw))
    return answer(ReportOut, report)


@api.post(
    "/campaigns/<campaign_id>/contacts",
    summary="Import contacts",
    responses={202: ImportOut},
)
def import_contacts(path: CampaignPath, raw: CsvFile) -> Response:
    """Bring the file's good rows into the draft; the same file again adds nothing.

    The work goes on after the answer: `Location` is where its progress is.
    """
    who = asker(Scope.CAMPAIGNS_WRITE)
    started = contact_imports.start(desk(), who, path.campaign_id, _content(raw), via())
    response = answer(ImportOut, started, 202)
    response.headers["Location"] = url_for("api.read_import", import_id=started.id)
    return response


@api.get("/imports/<import_id>", summary="How far an import is", responses={200: ImportOut})
def read_import(path: ImportPath) -> Response:
    """The progress of an import."""
    who = asker(Scope.CAMPAIGNS_READ)
    return answer(ImportOut, contact_imports.read(desk(), who, path.import_id))


def _content(file: Request) -> bytes:
    """The file's bytes. Raises 415 for another media type, 413 when it is too large."""
    if file.mimetype != CSV:
        raise UnsupportedMediaType
    # One byte more: what goes beyond is cut off in silence where the length wasn't told before.
    file.max_content_length = LARGEST_FILE + 1
    content = file.get_data(cache=False)
    if len(content) > LARGEST_FILE:
        raise RequestEntityTooLarge
    return content


def _wish(single_use: SingleUseIn) -> Wish:
    return Wish(
        phone_number=single_use.phone_number,
        area_code=single_use.area_code,
        contains=single_use.contains,
        near_zip=single_use.near_zip,
    )


# The library leaves out that a raw body is required.
for _path in ("contacts", "contacts/preview"):
    _operation = api.paths[f"{PREFIX}/campaigns/{{campaign_id}}/{_path}"].post
    _operation.requestBody.required = True
