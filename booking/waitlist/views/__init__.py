"""Pages of the waiting list for patients; the clinic's are on the roof."""
