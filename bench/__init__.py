"""What we measure, each beside a limit in the same run. `make bench` runs it."""
