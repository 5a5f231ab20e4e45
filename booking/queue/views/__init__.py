"""The day for patients: `here` checks in, `screens` hangs on the wall. The clinic's
pages are on the roof."""
