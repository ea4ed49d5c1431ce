"""(c) Search by a misspelt name and by identity code. There is no search in the texts: what was said is found through
its person or its reference number only.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from bench.measuring import Measured, Run, alternately, cost
from bench.operations.ground import ANSWERING, Ground
from bench.shape import Connection
from bench.site import one

MISSPELT = "Virtanem Katja"
COMMON = "Virtanen"
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


def run(ground: Ground) -> Iterator[Measured]:
    """Measure the search page over HTTP and the search alone, against one statement for the same people."""
    from polku.clients import queries

    with ground.site.connect() as floor:
        code = str(one(floor, "SELECT hetu FROM clients_client WHERE hetu IS NOT NULL ORDER BY id DESC LIMIT 1"))
        for name, text in (("by identity code", code), ("by a misspelt name", MISSPELT), ("by a common name", COMMON)):
            bare = partial(_by_code, floor, code) if text == code else partial(_by_name, floor, text.lower().split())
            ours, times = alternately(_page(ground, text), bare, rounds=ground.rounds)
            inside = ground.in_process(ANSWERING)
            spent = cost(partial(inside.post, "/search/", {"q": text}))
            yield Measured(f"search {name}, page", ours, times, spent.queries, spent.cpu_ms)
            alone = ground.inside(lambda text=text: queries.search(text, at=ground.now()))  # type: ignore[misc]
            ours, times = alternately(alone, bare, rounds=ground.rounds)
            spent = cost(alone)
            yield Measured(f"search {name}, alone", ours, times, spent.queries, spent.cpu_ms)


def _page(ground: Ground, text: str) -> Run:
    browser = ground.site.person(ANSWERING)
    return partial(browser.post, "/search/", {"q": text}, token=browser.token("/search/"))


def _by_code(floor: Connection, code: str) -> object:
    return floor.execute(_CODE, [code]).fetchall()


def _by_name(floor: Connection, words: list[str]) -> object:
    return floor.execute(_NAME, [words, words]).fetchall()
