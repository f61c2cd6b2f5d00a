"""What published texts, acceptances and files hold."""

from __future__ import annotations

from app.core.i18n import _l
from app.core.privacy import Holding, Is, Kept, Kind, are
from app.documents.models import Acceptance, DocumentText, DocumentVersion, Upload

_TEXTS = Kind(
    "documents",
    _l("Terms and privacy notices"),
    _l("To tell what holds, and to prove what was accepted: performance of the contract."),
    _l("Always: published words never change."),
)
_ACCEPTED = Kind(
    "acceptances",
    _l("Evidence of accepted terms"),
    _l(
        "To prove who accepted which words, and when: performance of the contract, and the establishment of legal "
        "claims."
    ),
    _l("As long as the organisation works with the vendor, and six years after."),
)
_FILES = Kind(
    "files",
    _l("Files"),
    _l("To keep what belongs to a record as it came: the ground is that of the record it belongs to."),
    _l("As long as the record to which the file belongs."),
)
_EVIDENCE = Kept(
    _l(
        "It is the evidence of a contract that may be needed for legal claims (article 17, paragraph 3, letter e of "
        "the GDPR); one changed word would make it worthless."
    ),
    _l("As long as the organisation works with the vendor, and six years after."),
    of_own=True,
)
_PUBLISHED = Kept(_l("These words were published by the vendor and accepted by others."), _l("Always."))

HOLDINGS = (
    Holding(DocumentVersion, _TEXTS, are(Is.CODE, "kind"), actors=("published_by_id",)),
    Holding(
        DocumentText,
        _TEXTS,
        {**are(Is.CODE, "locale", "sha256"), **are(Is.STAYS, "title", "body")},
        stays={"title": _PUBLISHED, "body": _PUBLISHED},
    ),
    Holding(
        Acceptance,
        _ACCEPTED,
        {
            **are(Is.CODE, "ref", "kind", "sha256", "digest"),
            **are(Is.STAYS, "accepted_by_name", "address", "user_agent"),
        },
        persons=("accepted_by_id",),
        actors=("filed_by_id",),
        stays={"accepted_by_name": _EVIDENCE, "address": _EVIDENCE, "user_agent": _EVIDENCE},
    ),
    Holding(
        Upload,
        _FILES,
        {**are(Is.CODE, "ref", "key", "content_type", "sha256"), "filename": Is.TEXT},
        actors=("uploaded_by_id",),
    ),
)
