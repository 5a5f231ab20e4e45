"""Gathers the topics' tables for Django."""

from billing.payments.models import Finding, Payment, ProviderEvent, Refund

__all__ = ["Finding", "Payment", "ProviderEvent", "Refund"]
