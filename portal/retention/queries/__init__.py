"""What is kept how long (`rules`), and what is overdue (`overdue`)."""

from portal.retention.queries.rules import RULES, Rule, table

__all__ = ["RULES", "Rule", "table"]
