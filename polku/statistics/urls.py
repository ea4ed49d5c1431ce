"""Addresses of the measures."""

from django.urls import path

from polku.statistics import views

app_name = "statistics"
urlpatterns = [
    path("", views.promise, name="promise"),
    path("promise.csv", views.as_csv, name="csv"),
]
