"""Jobs around documents: what a virus scanner says."""

from django.db.models import QuerySet
from django.utils import timezone

from foundation.outages import Away
from records.documents.models import Document
from records.documents.services import forget_refused, settle_scan
from records.scanners import clamav

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
    for document in documents.filter(state=Document.State.QUARANTINED)[:AT_ONCE]:
        try:
            with document.file.open("rb") as file:
                infected = clamav.is_infected(file.chunks())
        except (clamav.ScannerDown, Away):
            return
        document = settle_scan(document=document, infected=infected, at=timezone.now())
        forget_refused(document=document)
