"""Addresses of the data protection officer's pages."""

from django.urls import path

from polku.desk.dpo import views

urlpatterns = [
    path("data-protection/", views.overview, name="dpo"),
    path("data-protection/latest/", views.latest, name="dpo_latest"),
    path("data-protection/find/", views.find, name="dpo_find"),
    path("data-protection/log/", views.log, name="dpo_log"),
    path("data-protection/clients/<str:public_id>/log.csv", views.told, name="dpo_told"),
    path("data-protection/check/", views.check, name="dpo_check"),
]
