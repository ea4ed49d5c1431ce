"""Many people at their browsers: each signs in, reads, thinks, writes; a ledger of what each was told is kept."""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections import Counter
from dataclasses import dataclass, field

import httpx

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
ROW = re.compile(r'data-open="(/[^"]+)"')
# Answers calls and writes them down; the others read and look for times.
ANSWERS_CALLS = ("suvi", "laura", "bo", "nina")
OTHERS = ("annakaisa", "mikko", "tiina", "riikka", "fatima", "sanna", "eero", "pekka", "jenni", "kaisa", "leena", "olli",
          "helena", "petri", "pirjo", "tuula", "ville", "johanna", "henrik", "maija")  # fmt: skip
SENTENCES = ("Vuokra on maksamatta.", "Sähkölasku erääntyy.", "Äiti on kaatunut kotona.", "Lapsi ei pääse kouluun.",
             "Hän pyytää soittamaan aamulla.", "Asunto on kylmä.", "Puoliso on sairaalassa.")  # fmt: skip
RETRY = 240.0


@dataclass
class Seen:
    """What everybody met together."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    statuses: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    said: dict[str, str] = field(default_factory=dict)
    """By the contact's public id: the text that was acknowledged last."""
    begun: set[str] = field(default_factory=set)


class Person:
    """One session: a browser with its cookies, thinking between what it does."""

    def __init__(self, number: int, address: str, think: float, seen: Seen) -> None:
        self.number, self.think, self.seen = number, think, seen
        self.chance = random.Random(number)
        people = ANSWERS_CALLS if number % 4 == 0 else OTHERS
        self.name = people[(number // 4 if number % 4 == 0 else number) % len(people)]
        self.browser = httpx.AsyncClient(
            base_url=address, timeout=120, trust_env=False, follow_redirects=True, headers={"Accept-Language": "fi"}
        )
        self.token = ""

    async def lives(self, seconds: float) -> None:
        """Come some time in the first quarter, work until the end."""
        end = time.monotonic() + seconds
        await asyncio.sleep(self.chance.uniform(0, seconds / 4))
        async with self.browser:
            try:
                await self.signs_in()
                while time.monotonic() < end:
                    await (self.answers_a_call(end) if self.name in ANSWERS_CALLS else self.reads())
            except Exception as error:
                self.seen.wrong.append(f"{self.name}: {type(error).__name__}: {error}")

    async def thinks(self) -> None:
        """Most pauses are short, some are long; on average `think` seconds."""
        await asyncio.sleep(min(self.chance.expovariate(1 / self.think), 6 * self.think))

    async def signs_in(self) -> None:
        await self.get("people", "/demo/")
        await self.post("sign in", "/demo/enter/", {"username": self.name})
        await self.thinks()

    async def reads(self) -> None:
        """Home, the list, something on it, free times, measures."""
        await self.get("home", "/")
        await self.thinks()
        page = await self.get("worklist", "/work/")
        await self.thinks()
        rows = ROW.findall(page)
        if rows:
            await self.get("a row of the worklist", self.chance.choice(rows))
            await self.thinks()
        await self.post("search", "/search/", {"q": self.chance.choice(("Virtanen", "Korhonen", "Esimerkki"))})
        await self.thinks()
        await self.get("free times", "/appointments/")
        await self.thinks()

    async def answers_a_call(self, end: float) -> None:
        """Open a contact and write down what is said, kept by itself every few seconds."""
        key = f"person-{self.number}-{self.chance.getrandbits(60)}"
        page, where = await self.post("open a contact", "/calls/new/", {"key": key})
        found = re.search(r"/call/([^/]+)/", where)
        assert found, f"no contact was opened: {where}"
        contact = found.group(1)
        self.seen.begun.add(contact)
        version = re.search(r'name="version" value="(\d+)"', page)
        said, number = "", int(version.group(1)) if version else 0
        for _sentence in range(self.chance.randrange(3, 8)):
            await self.thinks()
            said = f"{said} {self.chance.choice(SENTENCES)}".strip()
            form = {"said": said, "version": str(number), "channel": "phone"}
            answer = await self.ask("save what is said", "POST", f"/call/{contact}/save/", form, json=True)
            assert answer.status_code == 200, f"{answer.status_code} {answer.text[:300]}"
            number = answer.json()["version"]
            self.seen.said[contact] = said
            if time.monotonic() > end:
                return
        await self.get("worklist", "/work/")
        await self.thinks()

    async def get(self, what: str, path: str) -> str:
        """Open a page and return it; keeps its token for the next form."""
        answer = await self.ask(what, "GET", path)
        assert answer.status_code == 200, f"{what} {path}: {answer.status_code} {answer.text[:300]}"
        self._keep(answer)
        return answer.text

    async def post(self, what: str, path: str, form: dict[str, str]) -> tuple[str, str]:
        """Send a form; returns the page that comes and its address."""
        answer = await self.ask(what, "POST", path, form)
        assert answer.status_code == 200, f"{what} {path}: {answer.status_code} {answer.text[:300]}"
        self._keep(answer)
        return answer.text, str(answer.url)

    def _keep(self, answer: httpx.Response) -> None:
        found = TOKEN.search(answer.text)
        self.token = found.group(1) if found else self.token

    async def ask(
        self, what: str, method: str, path: str, form: dict[str, str] | None = None, *, json: bool = False
    ) -> httpx.Response:
        """Ask until there is an answer that is not about the server's own trouble."""
        headers = {"Accept": "application/json"} if json else {}
        data = None if form is None else {**form, "csrfmiddlewaretoken": self.token}
        first = time.monotonic()
        while True:
            began = time.monotonic()
            try:
                answer = await self.browser.request(method, path, data=data, headers=headers)
            except httpx.TransportError as error:
                self.seen.statuses[type(error).__name__] += 1
            else:
                self.seen.statuses[str(answer.status_code)] += 1
                if answer.status_code < 500:
                    self.seen.seconds.setdefault(what, []).append(time.monotonic() - began)
                    return answer
                if answer.status_code != 503:
                    self.seen.wrong.append(f"{method} {path}: {answer.status_code}")
            assert began - first < RETRY, f"no answer to {method} {path} in {RETRY:g} s"
            await asyncio.sleep(self.chance.uniform(0.5, 1.5))


def live_together(address: str, *, people: int, seconds: float, think: float) -> Seen:
    """Let so many people work at once for so many seconds."""
    seen = Seen()

    async def all_of_them() -> None:
        await asyncio.gather(*(Person(number, address, think, seen).lives(seconds) for number in range(people)))

    asyncio.run(all_of_them())
    return seen
