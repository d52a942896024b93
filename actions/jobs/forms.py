"""The jobs as Rasa finds them, each by its name."""

from actions.jobs import (
    archive_campaign,
    change_unsolicited_response,
    create_reusable_number,
    human_handoff,
    transfer_number,
)
from actions.jobs.conversation import JobForm


class CreateReusableNumberForm(JobForm):
    job = create_reusable_number.JOB


class TransferNumberForm(JobForm):
    job = transfer_number.JOB


class ChangeUnsolicitedResponseForm(JobForm):
    job = change_unsolicited_response.JOB


class ArchiveCampaignForm(JobForm):
    job = archive_campaign.JOB


class HumanHandoffForm(JobForm):
    job = human_handoff.JOB
