"""(c) Search by a misspelt name, by identity code and by a Finnish word of what was said: words with 0, 10, 100, 10,000
and 100,000 contacts. What is asked of each is the page over HTTP, and the search alone.

The copied lives repeat the same few texts, so the words are written into as many texts as they are to be found in.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from bench.measuring import Measured, Run, alternately, cost
from bench.operations.ground import ANSWERING, Ground
from bench.shape import Connection
from bench.site import one

if TYPE_CHECKING:
    from polku.access.models import Actor

MISSPELT = "Virtanem Katja"
COMMON = "Virtanen"
WORDS = {"keskiyö": 0, "naali": 10, "tunturi": 100, "revontuli": 10_000, "pakkanen": 100_000}
"""In how many contacts each is written, where the size has ten times as many."""
WRITTEN = {"tunturi": "Tunturilla"}
"""A word that is written in another form than it is looked for."""
_CODE = "SELECT * FROM clients_client WHERE hetu = %s"
_NAME = """
WITH alike AS (
    SELECT p.place, w.id, similarity(w.word, p.word) AS much
    FROM unnest(%s::text[]) WITH ORDINALITY p(word, place) JOIN clients_nameword w ON w.word %% p.word
    WHERE similarity(w.word, p.word) >= 0.35
), found AS (
    SELECT n.client_id FROM alike JOIN clients_clientname n ON n.word_id = alike.id
    GROUP BY 1 HAVING count(DISTINCT alike.place) = cardinality(%s::text[])
)
SELECT c.* FROM found JOIN clients_client c ON c.id = found.client_id ORDER BY c.sort_name, c.id LIMIT 50
"""
_WORD = """
WITH hits AS MATERIALIZED (
    SELECT t.contact_id, t.text FROM contacts_contacttext t
    WHERE polku_words(t.written_at, t.language, t.text) @@ polku_sought(%s) LIMIT 1000
)
SELECT c.*, hits.text FROM hits JOIN contacts_contact c ON c.id = hits.contact_id ORDER BY c.received_at DESC LIMIT 20
"""
# Every so many-th text, from the newest: so that a word is spread over the years as a real one is.
_PLANT = """
UPDATE contacts_contacttext t SET text = t.text || %(text)s
FROM (SELECT id FROM (
          SELECT id, row_number() OVER (ORDER BY id DESC) AS place, count(*) OVER () AS texts FROM contacts_contacttext
          WHERE kind = 'said' AND version = 1 AND language = 'fi' AND NOT EXISTS (
              SELECT FROM contacts_contacttext n WHERE n.contact_id = contacts_contacttext.contact_id
                AND n.kind = 'said' AND n.version > 1)
      ) said WHERE (place + %(turn)s) %% greatest(1, texts / %(hits)s) = 0 LIMIT %(hits)s) chosen
WHERE t.id = chosen.id
"""
_HELD = """
SELECT count(*) FROM contacts_contacttext t
WHERE polku_words(t.written_at, t.language, t.text) @@ polku_sought(%s)
"""


def run(ground: Ground) -> Iterator[Measured]:
    """Measure the search page over HTTP and the search alone, against one statement for the same people or contacts."""
    from polku.clients import queries
    from polku.contacts import finding

    actor = ground.actor(ANSWERING)
    with ground.site.connect() as floor:
        code = str(one(floor, "SELECT hetu FROM clients_client WHERE hetu IS NOT NULL ORDER BY id DESC LIMIT 1"))
        for name, text in (("by identity code", code), ("by a misspelt name", MISSPELT), ("by a common name", COMMON)):
            bare = partial(_by_code, floor, code) if text == code else partial(_by_name, floor, text.lower().split())
            alone = _reading(actor, lambda text=text: queries.search(text, at=ground.now()), ground)  # type: ignore[misc]
            yield from _both(ground, name, text, alone, bare)
        for word, hits in WORDS.items():
            if hits * 10 > ground.size:
                continue
            plant(floor, word, hits, turn=hits % 7)
            alone = _reading(
                actor,
                lambda word=word: finding.find(word, by=actor, at=ground.now()),  # type: ignore[misc]
                ground,
            )
            yield from _both(ground, f"a word in {hits:,} contacts", word, alone, partial(_by_word, floor, word))


def plant(floor: Connection, word: str, hits: int, *, turn: int = 0) -> None:
    """Write a word into so many contacts' texts, unless they hold it already."""
    there = int(str(one(floor, _HELD, word)))
    if there == hits:
        return
    assert there == 0, f"{there} texts hold {word}"
    floor.execute(_PLANT, {"text": f" {WRITTEN.get(word, word.capitalize())}.", "hits": hits, "turn": turn})
    floor.execute("VACUUM ANALYZE contacts_contacttext")
    there = int(str(one(floor, _HELD, word)))
    assert there == hits, f"{there} texts hold {word}, not {hits}"


def _both(ground: Ground, name: str, text: str, alone: Run, bare: Run) -> Iterator[Measured]:
    """Measure the page and the search alone beside the same floor."""
    ours, times = alternately(_page(ground, text), bare, rounds=ground.rounds)
    inside = ground.in_process(ANSWERING)
    spent = cost(partial(inside.post, "/search/", {"q": text}))
    yield Measured(f"search {name}, page", ours, times, spent.queries, spent.cpu_ms)
    ours, times = alternately(alone, bare, rounds=ground.rounds)
    spent = cost(alone)
    yield Measured(f"search {name}, alone", ours, times, spent.queries, spent.cpu_ms)


def _reading(actor: Actor, do: Run, ground: Ground) -> Run:
    """The same as a page does it: in a reading transaction of the actor's, who is known already."""
    from polku.site.context import fenced

    def run() -> None:
        with fenced(by=actor, at=ground.now(), read_only=True):
            do()

    return run


def _page(ground: Ground, text: str) -> Run:
    browser = ground.site.person(ANSWERING)
    return partial(browser.post, "/search/", {"q": text}, token=browser.token("/search/"))


def _by_code(floor: Connection, code: str) -> object:
    return floor.execute(_CODE, [code]).fetchall()


def _by_name(floor: Connection, words: list[str]) -> object:
    return floor.execute(_NAME, [words, words]).fetchall()


def _by_word(floor: Connection, word: str) -> object:
    return floor.execute(_WORD, [word]).fetchall()
