"""The headers with which every answer comes, whoever gives it: a view, a middleware, or
the page server itself where a request never reached Django. Needs no settings."""

HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Permissions-Policy": (
        "accelerometer=(), autoplay=(), camera=(), display-capture=(), "
        "geolocation=(), gyroscope=(), hid=(), magnetometer=(), microphone=(), "
        "midi=(), payment=(), serial=(), usb=(), xr-spatial-tracking=()"
    ),
    "Referrer-Policy": "same-origin",
    "Reporting-Endpoints": 'csp="/policy-reports/"',
    "X-Content-Type-Options": "nosniff",
    "X-Permitted-Cross-Domain-Policies": "none",
}
# An answer that has no policy of its own is no page: it may do nothing at all.
NO_PAGE = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
# What a server says by itself, in words alone.
PLAIN = {
    **HEADERS,
    "Content-Security-Policy": NO_PAGE,
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
    "Content-Type": "text/plain; charset=utf-8",
}
