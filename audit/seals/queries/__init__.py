"""Is the log whole, and where is its end?"""

from audit.seals.queries.checking import (
    COLUMNS,
    RETIRED,
    VERIFIED,
    Verification,
    last_verification,
    verify,
)
from audit.seals.queries.findings import MOST_BREAKS, Break, Report, Retired
from audit.seals.queries.hashes import digest_of, link_hash
from audit.seals.queries.heads import (
    Head,
    current_head,
    exported_heads,
    head_storage,
    keys,
    newest_head,
)

__all__ = [
    "COLUMNS",
    "MOST_BREAKS",
    "RETIRED",
    "VERIFIED",
    "Break",
    "Head",
    "Report",
    "Retired",
    "Verification",
    "current_head",
    "digest_of",
    "exported_heads",
    "head_storage",
    "keys",
    "last_verification",
    "link_hash",
    "newest_head",
    "verify",
]
