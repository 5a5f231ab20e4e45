"""What the portal itself keeps of a person."""

from portal.holdings.queries.shapes import Fate, Holding

OWN: dict[str, Holding] = {
    "portal.Erasure": Holding(
        kind="erasures",
        title="Erasures you asked for",
        user="user",
        shown="created_at words status ground reason decided_at finished_at kept_until",
        hidden="id public_id updated_at user patient decided_by released_by released_at"
        " done report kept kept_size",
        # The proof that it was done, without a name and without their words.
        fate=Fate.CLEAR,
        clears="words reason",
    ),
    "portal.Breach": Holding(
        note="what is known of a breach; whom it reached is told to them",
        fate=Fate.STAY,
    ),
    "portal.LegalHold": Holding(
        patient="patient",
        note="why something must not be destroyed; medical administration tells it",
        fate=Fate.STAY,
    ),
    "portal.Merge": Holding(
        kind="merges",
        title="Records of yours that were joined",
        patient="kept",
        shown="merged_at reason undone_at undo_reason",
        hidden="id public_id created_at updated_at kept merged merged_by facts marks"
        " kept_user merged_user unused_user undone_by",
        # That it was done stays: what was theirs is found by it.
        fate=Fate.CLEAR,
        clears="reason facts undo_reason",
    ),
    "portal.MovedRow": Holding(
        patient="merge__kept",
        note="which rows a merge moved, so that it can be undone: keys, no content",
    ),
    "portal.DifferentPeople": Holding(
        patient="one",
        note="that two records were looked at and are of two people",
        fate=Fate.STAY,
    ),
    "portal.Export": Holding(
        kind="exports",
        title="Copies of your data",
        user="user",
        shown="created_at status ready_at expires_at downloaded_at size",
        hidden="id public_id updated_at user claimed_at is_between done total file",
    ),
    "portal.ExportPart": Holding(
        user="export__user",
        note="the beginning of such a copy, while it is made and for its day",
    ),
}
