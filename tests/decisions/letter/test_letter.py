"""A decision's letter: what stands in it, how it is tagged, and when it is refused."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from polku.decisions.letter import fonts, pdf
from polku.decisions.letter.content import Letter, compose
from polku.decisions.letter.errors import LetterError
from polku.rules.data import parameters
from polku.rules.decisions import parity, parts, review, words
from tests.decisions.letter import sample
from tests.decisions.letter.reading import Read

LONG = {"own": "Sinulla on ollut kaksi osastojaksoa vuoden aikana. " * 50}


@pytest.fixture(scope="module", params=words.languages())
def lang(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def read(lang: str) -> Read:
    return Read(pdf.pdf(sample.letter(lang)))


def test_is_tagged_with_language_and_title(read: Read, lang: str) -> None:
    assert read.language == lang
    assert read.title == f"{words.title(sample.KIND, lang)}, SHVA/4821/2026"
    assert read.root["/MarkInfo"]["/Marked"] is True or bool(read.root["/MarkInfo"]["/Marked"])
    assert bool(read.root["/ViewerPreferences"]["/DisplayDocTitle"])
    assert "<pdfuaid:part>1<" in read.standards
    assert "<pdfaid:part>2<" in read.standards and "<pdfaid:conformance>A<" in read.standards


def test_has_every_font_inside(read: Read) -> None:
    assert read.fonts
    assert all(read.fonts.values())
    assert all(name.startswith("SourceSans3") for name in read.fonts)


def test_reads_in_order_heading_by_heading(read: Read) -> None:
    told = [tag for tag in read.tags if tag in ("H1", "H2", "L", "Table", "Figure")]
    assert told == ["H1", *["H2"] * 11, "H1", *["H2"] * 4, "L", *["H2"] * 4]
    assert read.tags.count("LI") == 4


def test_says_the_outcome_first_and_the_review_on_the_second_page(read: Read, lang: str) -> None:
    first, second = read.pages
    outcome = words.resolution(sample.KIND, lang, starts_on=sample.DAY)
    flat = " ".join(first.split())
    assert outcome in flat
    assert flat.index(outcome) < flat.index("140374-9539")
    assert "SHVA/4821/2026" in flat and parameters(f"letter_{lang}")["page"]["secret"] in flat
    assert "1 (2)" in first and "2 (2)" in second
    assert "9.14" in flat, "signed at a quarter past nine in Finland"
    flat = " ".join(second.split())
    assert review.period("post", sample.DAY).box(lang, time(16)) in flat
    assert review.period("post", sample.DAY).counted(lang) in flat


def test_says_the_same_in_both_languages() -> None:
    pairs = [("Suvannon", "Selets"), ("Rantakatu", "Strandgatan"), ("Satamakatu", "Hamngatan")]
    assert parity.differences(sample.letter("fi").text, sample.letter("sv").text, pairs) == []


def test_puts_on_paper_all_that_it_says(lang: str, read: Read) -> None:
    paper = "".join("".join(read.pages).split())
    for line in sample.letter(lang).text.splitlines():
        assert "".join(line.split()) in paper


def test_gives_the_same_bytes_for_the_same_letter() -> None:
    assert pdf.pdf(sample.letter("fi")) == pdf.pdf(sample.letter("fi"))


@pytest.mark.parametrize(
    ("part", "without", "name"),
    [
        ("deviation", {"text": " "}, "Poikkeama suunnitelmasta"),
        ("reasons", {"library": [], "own": ""}, "Perustelut"),
        ("information", {"phone": ""}, "Lisätietojen antaja"),
        ("review", {"to": ""}, "Oikaisuvaatimusohje"),
        ("clients_view", {"text": ""}, "Asiakkaan näkemys"),
        ("execution", {"by": None}, "Toimeenpano ja määräaika"),
        ("resolution", {"starts_on": None}, "Ratkaisu"),
    ],
)
def test_refuses_a_letter_without_a_required_part(part: str, without: dict[str, Any], name: str) -> None:
    letter = sample.letter("fi", **{part: without})
    for refused in (pdf.pdf, pdf.check):
        with pytest.raises(LetterError) as told:
            refused(letter)
        assert told.value.code == "missing_part"
        assert told.value.words("fi") == f"Kirjettä ei voi tehdä: {name} puuttuu."
    draft = Read(pdf.pdf(letter, draft=True))
    assert "Tämä osa puuttuu" in "".join(draft.pages)
    assert all("Luonnos" in page for page in draft.pages)


def test_refuses_a_letter_before_it_is_signed_but_shows_the_draft() -> None:
    letter = sample.letter("sv", signed=False)
    pdf.check(letter)
    with pytest.raises(LetterError) as told:
        pdf.pdf(letter)
    assert told.value.code == "not_signed"
    assert "Ännu inte undertecknat" in Read(pdf.pdf(letter, draft=True)).pages[0]


def _compose(language: str) -> Letter:
    return compose(
        sample.KIND,
        sample.FI.given,
        language,
        day=sample.DAY,
        diary="x",
        sender=sample.FI.sender,
        period=review.period("post", sample.DAY),
    )


def test_refuses_a_language_without_a_template() -> None:
    with pytest.raises(LetterError) as told:
        _compose("en")
    assert told.value.code == "no_language"
    assert told.value.words("sv") == "Brevmallen saknas på språket en. Mallarna är: fi, sv."


def test_names_what_a_template_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = parameters("letter_fi")
    words.letter.cache_clear()
    monkeypatch.setattr(words, "parameters", lambda name: {**whole, "labels": {**whole["labels"], "reasons": ""}})
    try:
        with pytest.raises(LetterError) as told:
            _compose("fi")
    finally:
        words.letter.cache_clear()
    assert told.value.code == "words_missing"
    assert "labels.reasons" in told.value.words("fi")


@pytest.mark.parametrize(
    "name", ["محمد الأحمد", "Ольга Ґалаґан", "Γιώργος Παπαδόπουλος", "Nguyễn Văn Hòa", "Ŋŋŧđ Çağla Öğüş"]
)
def test_writes_a_name_in_any_of_its_scripts(name: str) -> None:
    letter = sample.letter("fi", party={"name": name})
    letter = replace(letter, address=(name, *letter.address[1:]))
    pdf.check(letter)
    made = Read(pdf.pdf(letter))
    assert all(made.fonts.values())
    assert ("NotoSansArabic-Regular" in made.fonts) == (name[0] == "م")


@pytest.mark.parametrize(("name", "lacks"), [("李 Wei", "李"), ("שרה", "HEBREW LETTER SHIN"), ("A\x07B", "U+0007")])
def test_refuses_letters_that_no_font_holds_before_anybody_signs(name: str, lacks: str) -> None:
    letter = sample.letter("fi", signed=False, party={"name": name})
    with pytest.raises(LetterError) as told:
        pdf.check(letter)
    assert told.value.code == "unknown_letters"
    assert lacks in told.value.words("fi")


def test_writes_what_looks_like_source_as_it_is() -> None:
    text = '#panic("x") $1+1$ *b* _i_ `c` <l> @r \\ // [x] {y} = h - l ~ "q"'
    assert text in " ".join(Read(pdf.pdf(sample.letter("fi", fees={"text": text}))).pages[0].split())


def test_goes_on_to_as_many_pages_as_it_needs() -> None:
    read = Read(pdf.pdf(sample.letter("fi", reasons=LONG)))
    assert [f"{n} (3)" in page for n, page in enumerate(read.pages, 1)] == [True] * 3
    assert "Oikaisuvaatimusohje" in read.pages[2]


def test_prints_many_letters_each_on_a_sheet_of_its_own() -> None:
    run = [sample.letter("fi", reasons=LONG), sample.letter("sv")]
    read = Read(pdf.print_run(run))
    assert len(read.pages) == 6
    assert read.pages[3].strip() == "", "the back of the third page stays empty"
    assert "1 (2)" in read.pages[4] and "2 (2)" in read.pages[5]
    assert set(read.languages) == {"sv"} and read.language == "fi"
    assert len(Read(pdf.print_run(run, duplex=False)).pages) == 5


def test_refuses_an_empty_print_run_and_one_bad_letter() -> None:
    with pytest.raises(LetterError) as told:
        pdf.print_run([])
    assert told.value.code == "no_letters"
    with pytest.raises(LetterError):
        pdf.print_run([sample.letter("fi"), sample.letter("fi", signed=False)])


def test_orders_letters_as_they_are_posted() -> None:
    base = sample.letter("fi")
    lines = [("B", "Katu 1", "20100 TURKU"), ("A", "Katu 1", "02100 ESPOO"), (), ("A", "Aitta 2", "20100 TURKU")]
    letters = [replace(base, address=address) for address in lines]
    assert [letter.address for letter in pdf.posting_order(letters)] == [lines[1], lines[3], lines[0], ()]


def test_leaves_the_address_out_when_it_is_protected() -> None:
    protected = Read(pdf.pdf(replace(sample.letter("fi"), address=())))
    assert "Rantakatu" not in "".join(protected.pages)


@pytest.mark.parametrize("outcome", ["refused", "changed", "ended"])
def test_writes_every_outcome(outcome: str, lang: str) -> None:
    kind, told = parts.kind(f"service_housing_24h-{outcome}"), sample.BY_LANGUAGE[lang]
    given = {**told.given, "resolution": {"starts_on": date(2026, 12, 1), "ends_on": date(2026, 12, 31), "text": "X."}}
    letter = compose(
        kind,
        given,
        lang,
        day=sample.DAY,
        diary="SHVA/1/2026",
        sender=told.sender,
        period=review.period("handed_over", sample.DAY),
        signature=sample.letter(lang).signature,
        facts={"plan": True},
    )
    flat = " ".join(" ".join(Read(pdf.pdf(letter)).pages).split())
    first, last = date(2026, 12, 1), date(2026, 12, 31)
    assert words.resolution(kind, lang, starts_on=first, ends_on=last) in flat
    assert (parameters(f"letter_{lang}")["labels"]["fees"] in flat) == (outcome == "changed")
    assert review.period("handed_over", sample.DAY).counted(lang) in flat


def test_refuses_a_service_that_ends_before_it_begins() -> None:
    with pytest.raises(LetterError) as told:
        sample.letter("fi", resolution={"until_further": False, "ends_on": date(2026, 11, 24)})
    assert told.value.words("fi") == "Palvelu ei voi päättyä ennen kuin se alkaa. Tarkista ratkaisun päivät."


def test_says_conditions_and_lateness_when_there_are_any() -> None:
    letter = sample.letter(
        "fi",
        resolution={"conditional": True, "conditions": "maksat vuokran itse."},
        execution={"late_because": "Asuntoa ei ole vapaana ennen sitä."},
    )
    flat = " ".join(Read(pdf.pdf(letter)).pages[0].split())
    assert "Ehdot: maksat vuokran itse." in flat
    assert "Miksi palvelu alkaa määräajan jälkeen Asuntoa ei ole vapaana ennen sitä." in flat


def test_signs_by_the_clock_of_finland_in_summer_too() -> None:
    letter = sample.letter("fi")
    assert letter.signature is not None
    assert letter.signed == "Allekirjoitettu sähköisesti 25.11.2026 klo 9.14"
    summer = replace(letter.signature, at=datetime(2026, 7, 1, 21, 30, tzinfo=UTC))
    told = compose(
        sample.KIND,
        sample.FI.given,
        "fi",
        day=date(2026, 7, 2),
        diary="x",
        sender=sample.FI.sender,
        period=review.period("post", date(2026, 7, 2)),
        signature=summer,
    )
    assert told.signed == "Allekirjoitettu sähköisesti 2.7.2026 klo 0.30"


def test_has_fonts_as_they_were_published() -> None:
    packages = json.loads((fonts.FOLDER / "manifest.json").read_text())
    told = {name: digest for package in packages for name, digest in package["files"].items()}
    there = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in fonts.FOLDER.iterdir()}
    there.pop("manifest.json")
    assert told == there
    assert {package["licence"] for package in packages} == {"OFL-1.1"}
