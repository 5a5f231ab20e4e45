"""Jobs around documents: what a virus scanner says."""

import logging

from django.db.models import QuerySet
from django.utils import timezone

from foundation.encryption.keyring import Unopened
from foundation.outages import Away
from records.documents.models import Document
from records.documents.services import forget_refused, settle_scan
from records.scanners import clamav

log = logging.getLogger(__name__)

# A minute's work; the next minute goes on.
AT_ONCE = 50


def scan_document(document_id: int) -> None:
    """Let the scanner see one new file. While it, or the storage, does not answer the
    file stays in quarantine, and `scan_waiting` tries again."""
    _scan(Document.objects.filter(pk=document_id))


def scan_waiting() -> None:
    """Scan what still waits, the oldest first, and finish what was cut off."""
    _scan(Document.objects.order_by("created_at"))
    refused = Document.objects.filter(state=Document.State.REFUSED).exclude(file="")
    for document in refused[:AT_ONCE]:
        forget_refused(document=document)


def _scan(documents: QuerySet[Document]) -> None:
    if not clamav.is_configured():
        return
    settled = 0
    for document in documents.filter(state=Document.State.QUARANTINED).iterator():
        if settled == AT_ONCE:
            return
        try:
            with document.file.open("rb") as file:
                infected = clamav.is_infected(file.chunks())
        except (clamav.Undecided, Unopened, FileNotFoundError) as error:
            # The others must not wait behind it, however long this one does.
            told = type(error).__name__
            log.warning("Document %s cannot be scanned: %s.", document.pk, told)
            continue
        except (clamav.ScannerDown, Away):
            return
        settled += 1
        document = settle_scan(document=document, infected=infected, at=timezone.now())
        forget_refused(document=document)
