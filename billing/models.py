"""Gathers the topics' tables for Django."""

from billing.payments.models import Payment
from billing.reconciliation.models import Finding
from billing.refunds.models import Refund
from billing.settlements.models import ProviderEvent

__all__ = ["Finding", "Payment", "ProviderEvent", "Refund"]
