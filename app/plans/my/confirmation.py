"""Documents made from the plan on the customer's page: the file, and the certificate of what was accepted (T5)."""

from __future__ import annotations

from flask import Response

from app.core.errors import NotFound
from app.core.files import attachment
from app.core.htmx import render_page
from app.plans import confirmation, texts
from app.plans.certificate import certificates_of
from app.plans.my.scope import door
from app.plans.my.tasks import here_at
from app.plans.queries import documents
from app.plans.service import confirming


@door("/documents/<document_ref>/content")
def document(task_ref: str, document_ref: str, ref: str | None = None) -> Response:
    """The file as it was made."""
    _here, task = here_at(ref, task_ref)
    made = documents.one(task, document_ref)
    kept = made.upload
    return attachment(kept.key, f"{confirming.filename_of(made)}.pdf", kept.content_type, kept.size)


@door("/certificate")
def certificate(task_ref: str, ref: str | None = None) -> Response:
    """Who accepted what, when and from where, and whether all of it is unchanged: reckoned anew at each look."""
    here, task = here_at(ref, task_ref)
    found = certificates_of(task)
    if not found:
        raise NotFound
    return render_page(
        "plans/my_certificate.html",
        here=here,
        plan=here.plan,
        task=task,
        title=texts.title_of(task, texts.outline_of(here.plan)),
        certificates=found,
        verify=confirmation.verify_address(),
    )
