"""Addresses of the register."""

from django.urls import path

from polku.desk.register import views

urlpatterns = [
    path("register/", views.register, name="register"),
    path("register/new/", views.add_worker, name="add_worker"),
    path("register/machines/", views.machines, name="machines"),
    path("register/machines/<str:public_id>/end/", views.end_machine, name="end_machine"),
    path("register/<str:public_id>/", views.worker, name="worker"),
    path("register/<str:public_id>/posts/<int:post>/end/", views.end_post, name="end_post"),
    path("register/<str:public_id>/account/", views.worker_account, name="worker_account"),
    path("register/<str:public_id>/anew/", views.worker_anew, name="worker_anew"),
]
