"""The product's addresses, and the bare ones it is measured against."""

from django.urls import include, path

from bench import bare

urlpatterns = [
    path("bare/empty/", bare.empty),
    path("bare/book/", bare.book),
    path("", include("portal.urls")),
]
