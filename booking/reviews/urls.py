from django.urls import path

from booking.reviews import views

urlpatterns = [
    path("book/review/<str:token>/", views.review_link, name="review_link"),
    path(
        "portal/appointments/<uuid:public_id>/review/",
        views.review_own,
        name="review_own",
    ),
    path(
        "book/fragments/doctor/<uuid:public_id>/reviews/",
        views.doctor_reviews,
        name="doctor_reviews",
    ),
    path("clinic/reviews/", views.reviews, name="reviews"),
    path("clinic/reviews/<uuid:public_id>/", views.review, name="review"),
]
