"""A loopback server that speaks Stripe's wire format, for demo, tests and development.

    python -m billing.gateways.sandbox --port 8620 \
        --webhook-url http://127.0.0.1:8000/webhooks/stripe/ --webhook-secret whsec_...

It moves no money, accepts only the provider's published test cards, and refuses to
run beside production settings or a live key. It needs nothing of Django.

wire      requests and answers: nested forms, errors, ids, expanded fields
store     objects, remembered answers, deliveries and plans, in SQLite
engine    the running sandbox: configuration, clock, store and courier together
sessions, intents, refunds, events    what the objects do
api       the routes under /v1/, keys and idempotency
pages     what the payer sees
controls  what tests ask for: lost answers, dropped webhooks, time that passes
courier   signed webhooks with retries
"""
