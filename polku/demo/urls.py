"""Addresses of the demo."""

from django.urls import path

from polku.demo import views

app_name = "demo"
urlpatterns = [
    path("", views.people, name="people"),
    path("enter/", views.enter, name="enter"),
]
