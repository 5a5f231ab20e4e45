"""Letting applications in, the addresses that they talk to, and one's own list."""
