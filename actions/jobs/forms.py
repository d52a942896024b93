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
    """`create_reusable_number_form`."""

    job = create_reusable_number.JOB


class TransferNumberForm(JobForm):
    """`transfer_number_form`."""

    job = transfer_number.JOB


class ChangeUnsolicitedResponseForm(JobForm):
    """`change_unsolicited_response_form`."""

    job = change_unsolicited_response.JOB


class ArchiveCampaignForm(JobForm):
    """`archive_campaign_form`."""

    job = archive_campaign.JOB


class HumanHandoffForm(JobForm):
    """`human_handoff_form`."""

    job = human_handoff.JOB
