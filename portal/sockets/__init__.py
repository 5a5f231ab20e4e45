"""Sockets: they tell an open page that something changed, and nothing else.

The page then asks for its part as it always does, so that what it may show is decided
where it always is. docs/decisions/0029-sockets.md.
"""
