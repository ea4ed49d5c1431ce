"""Pages of their own for the tests of the browser's modules: a form that saves itself, lists, clocks."""

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.template import RequestContext, Template
from django.urls import include, path

from polku.access.needs import public
from polku.kit import clock
from polku.ui.showcase import samples

# What the pages remember while one test runs.
KEPT: dict[str, Any] = {}

PAGE = """{% extends "ui/base.html" %}{% load static ui %}
{% block scripts %}<script src="{% static 'ui/js/autosave.js' %}" type="module"></script>{% endblock %}
{% block content %}BODY{% endblock %}
{% block bar %}<button type="button" class="button" data-primary id="primary">Tee</button>{% endblock %}"""
BODIES = {
    "form": """<form id="f" method="post" action="/sent/" data-autosave="/save/" data-version="{{ version }}">
        {% csrf_token %}{% once %}<label>Teksti <textarea name="text" id="text">{{ text }}</textarea></label>
        <label>Koodi <input name="code" id="code" data-private></label>
        <label><input type="checkbox" name="wants" id="wants" data-key="6"> Haluaa</label>
        <p data-autosave-status id="status"></p><button type="submit" id="send">Lähetä</button></form>""",
    "rows": """<table class="list" role="table"><caption>Lista</caption><thead role="rowgroup"><tr role="row">
        <th role="columnheader">A</th><th role="columnheader">B</th></tr></thead>
        {% include "rows" %}</table><input type="hidden" data-row-value id="chosen">
        <a data-row-href="open" id="open" href="#">Avaa</a><p>{{ filler }}</p>""",
    "clock": """<p><strong id="down" data-countdown="{{ soon|iso }}" data-countdown-ended="Pito päättyi">…</strong>
        <strong id="up" data-countup="{{ gone|iso }}">…</strong></p>""",
    "keys": """<section id="s1" data-key="Alt+1"><h2>Soittaja</h2><label>Nimi <input id="name"></label></section>
        <p><a href="#opened" data-key="k" id="link">Kirjaa tapahtuma</a></p>
        <fieldset data-key-scope id="scope"><legend>Arvio</legend>
        <label><input type="checkbox" id="c1" data-key="1"> Henki</label>
        <label><input type="checkbox" id="c0" data-key="0"> Ei mitään</label></fieldset>
        <p><button type="button" id="cannot" aria-disabled="true" aria-describedby="why">Allekirjoita</button>
        <span id="why">Puuttuu: <a href="#s1" id="missing">perustelu</a></span></p>""",
}
ROWS = """{% load ui %}<tbody role="rowgroup" id="rows" data-rows data-refresh="/fresh/" data-refresh-every="1">
    {% for row in rows %}
    <tr role="row" id="row-{{ row }}" data-row="{{ row }}" data-open="#open-{{ row }}" tabindex="-1">
    <td role="cell"><a href="#{{ row }}">{{ row }}</a></td>
    <td role="cell">{{ stamp }} <input aria-label="Huomio {{ row }}" id="note-{{ row }}"></td></tr>
    {% endfor %}</tbody>"""


@public
def states(request: HttpRequest) -> HttpResponse:
    """Show every component, to anybody."""
    return render(request, "ui/states.html", {"title": "Tilat ja osat"} | samples())


@public
def page(request: HttpRequest, name: str) -> HttpResponse:
    """Show one of the pages."""
    now: datetime = clock.now()
    facts = {
        "title": name,
        "version": KEPT.get("version", 0),
        "text": KEPT.get("text", ""),
        "rows": KEPT.get("rows", ["a", "b", "c"]),
        "stamp": KEPT.get("stamp", 1),
        "soon": now + timedelta(seconds=2),
        "gone": now - timedelta(minutes=6, seconds=12),
        "filler": "sana " * 2000,
    }
    body = BODIES[name].replace('{% include "rows" %}', ROWS)
    return HttpResponse(Template(PAGE.replace("BODY", body)).render(RequestContext(request, facts)))


@public
def fresh(request: HttpRequest) -> HttpResponse:
    """Give the rows as they are now."""
    KEPT["asked"] = KEPT.get("asked", 0) + 1
    if KEPT.get("down"):
        return HttpResponse(status=503)
    facts = {"rows": KEPT.get("rows", ["a", "b", "c"]), "stamp": KEPT.get("stamp", 1)}
    return HttpResponse(Template(ROWS).render(RequestContext(request, facts)))


@public
def save(request: HttpRequest) -> HttpResponseBase:
    """Keep the draft, or say what stands in the way."""
    KEPT.setdefault("tries", []).append({"key": request.POST["key"], "text": request.POST["text"]})
    if KEPT.get("down"):
        return HttpResponse(status=503)
    if int(request.POST["version"]) < KEPT.get("version", 0):
        return JsonResponse(
            {"version": KEPT["version"], "by": "Petra", "theirs": {"text": KEPT["text"]}},
            status=409,
        )
    KEPT["text"] = request.POST["text"]
    KEPT["version"] = KEPT.get("version", 0) + 1
    return JsonResponse({"version": KEPT["version"], "saved_at": "klo 9.12.40"})


@public
def sent(request: HttpRequest) -> HttpResponse:
    """Count what was sent for good; the answer takes its time."""
    KEPT.setdefault("sent", []).append(request.POST["key"])
    return HttpResponse("kiitos")


urlpatterns = [
    path("", page, {"name": "keys"}),
    path("states/", states),
    path("page/<slug:name>/", page),
    path("fresh/", fresh),
    path("save/", save),
    path("sent/", sent),
    path("ui/", include("polku.ui.urls")),
]
