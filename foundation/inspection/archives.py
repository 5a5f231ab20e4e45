"""Archives, such as the ZIP file that a spreadsheet is, before they are unpacked."""

import zipfile
from typing import BinaryIO

from foundation.inspection.limits import MOST_ENTRIES, MOST_UNPACKED_ARCHIVE, Unfit


def refuse_large_archive(file: BinaryIO) -> None:
    """Look at what a ZIP file says it unpacks to; nothing is unpacked.

    Its list of contents can lie only downwards: Python reads no more of a file in it
    than the list says. Leaves `file` at its beginning. Raises Unfit.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise Unfit(
            "We can't open this file. It may be damaged: save it again and try once "
            "more."
        ) from error
    finally:
        file.seek(0)
    unpacked = sum(entry.file_size for entry in entries)
    if len(entries) > MOST_ENTRIES or unpacked > MOST_UNPACKED_ARCHIVE:
        raise Unfit(
            "This file unpacks to far more than it seems. Save only what is needed in "
            "a new one."
        )
