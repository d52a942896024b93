"""The jobs by the names of their intents."""

from actions.jobs import (
    archive_campaign,
    change_unsolicited_response,
    create_reusable_number,
    human_handoff,
    transfer_number,
)
from actions.jobs.job import Job

JOBS: dict[str, Job] = {
    job.name: job
    for job in (
        create_reusable_number.JOB,
        transfer_number.JOB,
        change_unsolicited_response.JOB,
        archive_campaign.JOB,
        human_handoff.JOB,
    )
}
