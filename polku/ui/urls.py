"""Addresses of what the pages themselves need: colours, words for the browser, language, the living style page."""

from django.urls import path, re_path

from polku.ui import views

app_name = "ui"
urlpatterns = [
    re_path(r"^theme-(?P<version>[0-9a-f]{10})\.css$", views.theme_css, name="theme"),
    re_path(r"^words/(?P<language>fi|sv|en)\.js$", views.jsi18n, name="jsi18n"),
    path("language/", views.language, name="language"),
    path("states/", views.states, name="states"),
]
