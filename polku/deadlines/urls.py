"""Addresses of the clocks' own pages."""

from django.urls import path

from polku.deadlines import views

app_name = "deadlines"
urlpatterns = [
    path("<str:public_id>/why/", views.why, name="why"),
    path("<str:public_id>/change/", views.change, name="change"),
]
