"""Which forms a visit still needs, and what was answered."""

from records.responses.queries.files import Files, file_error, file_in, files_of
from records.responses.queries.reading import (
    Answered,
    Line,
    answered_for,
    before_of,
    completed_of,
    lines_of,
    read_again,
)
from records.responses.queries.standing import (
    FILLABLE,
    Said,
    Standing,
    State,
    VisitForm,
    forms_of,
    forms_of_visit,
    open_forms,
    standing,
)
from records.responses.queries.working import (
    Mistake,
    Progress,
    kept_answers,
    mistakes_of,
    page_numbered,
    progress_of,
)

__all__ = [
    "FILLABLE",
    "Answered",
    "Files",
    "Line",
    "Mistake",
    "Progress",
    "Said",
    "Standing",
    "State",
    "VisitForm",
    "answered_for",
    "before_of",
    "completed_of",
    "file_error",
    "file_in",
    "files_of",
    "forms_of",
    "forms_of_visit",
    "kept_answers",
    "lines_of",
    "mistakes_of",
    "open_forms",
    "page_numbered",
    "progress_of",
    "read_again",
    "standing",
]
