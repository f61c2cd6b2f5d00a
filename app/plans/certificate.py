"""The certificate of an acceptance: what is kept as evidence, and whether it is as it was written down (T5).

Everything is reckoned anew at each look: the keyed digests of the rows, and the SHA-256 of the file as it lies in the
store now.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.plans.models import PlanDocument, PlanTask, TaskAcceptance
from app.plans.queries import documents
from app.plans.service import accepting, confirming


@dataclass(frozen=True)
class Certificate:
    kept: TaskAcceptance
    made: PlanDocument | None
    """What was accepted, where it was made from the plan."""
    found: str | None
    """SHA-256 of the words or the file as they are now; None where the file is lost."""
    evidence_is_intact: bool
    document_is_intact: bool

    @property
    def is_lost(self) -> bool:
        return self.found is None

    @property
    def content_is_intact(self) -> bool:
        return self.found == self.kept.sha256 and (self.made is None or self.made.sha256 == self.kept.sha256)

    @property
    def is_intact(self) -> bool:
        return self.content_is_intact and self.evidence_is_intact and self.document_is_intact


def certificates_of(task: PlanTask) -> list[Certificate]:
    """Of each acceptance of the task, the newest first; withdrawn ones too."""
    made = {each.upload_id: each for each in documents.of_task(task)}
    return [certificate_of(kept, made.get(kept.upload_id or 0)) for kept in documents.acceptances_of(task)]


def certificate_of(kept: TaskAcceptance, made: PlanDocument | None) -> Certificate:
    return Certificate(
        kept,
        made,
        accepting.found_sha256(kept),
        accepting.is_intact(kept, of_made=made is not None),
        made is None or confirming.is_intact(made),
    )
