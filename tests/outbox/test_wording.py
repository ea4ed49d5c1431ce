"""The texts: complete, neutral, the same in every language, and unchanged once in use."""

import hashlib
import json
import re
from datetime import date
from pathlib import Path

import pytest

LOCK = Path(__file__).parent / "texts.lock"
# Nothing that tells why somebody has to do with social or health care, nor who they are.
TELLING = re.compile(
    r"sosiaal|terveys|huolto|palvelutarve|toimeentulo|lastensuojel|päihde|mielenterv|social|hälso|vård|barnskydd|"
    r"missbruk|health|welfare|benefit|child|nimi|namn\b|name\b",
    re.IGNORECASE,
)
SAMPLE = {
    "day": "ti 8.12.2026",
    "time": "13.15",
    "old_day": "ma 7.12.2026",
    "old_time": "9.00",
    "until_day": "pe 4.12.2026",
    "until_time": "16.00",
    "place": "Kirkkonummi, Asematie 3",
    "link": "https://polku.lansi-uusimaa.example/a/0123456789abcdef",
    "phone": "09 000 100",
    "reference": "2612-7KM3-R",
}


def versions() -> list[tuple[str, int, str, str, str, str]]:
    from polku.outbox import wording

    return [
        (key, version.number, channel, language, words.subject, words.body)
        for key, template in wording.templates().items()
        for version in template.versions
        for (channel, language), words in version.words.items()
    ]


def digests() -> dict[str, str]:
    from polku.outbox import wording

    found = {}
    for key, template in wording.templates().items():
        for version in template.versions:
            content = [
                str(version.valid_from),
                sorted((*place, words.subject, words.body) for place, words in version.words.items()),
            ]
            found[f"{key}/{version.number}"] = hashlib.sha256(json.dumps(content).encode()).hexdigest()
    return found


def test_texts_in_use_are_never_edited() -> None:
    locked = json.loads(LOCK.read_text())
    assert digests() == locked, "add a new version instead; a new version's line is added to texts.lock"


def test_texts_tell_neither_service_nor_reason_nor_name() -> None:
    telling = [
        (key, channel, language) for key, _, channel, language, *texts in versions() if TELLING.search(" ".join(texts))
    ]
    assert not telling


def test_texts_of_text_messages_stay_in_the_short_alphabet() -> None:
    """One other letter (a long dash, a curly quote) and a text message takes more than twice the parts."""
    short = set("@£$¥èéùìòÇØøÅåÆæßÉ!\"#¤%&'()*+,-./:;<=>?¡¿§ÄÖÑÜäöñüà \n_{}[]|~^€\\")
    for key, _, channel, language, _, body in versions():
        if channel == "sms":
            other = {letter for letter in body if not (letter.isascii() and letter.isalnum()) and letter not in short}
            assert not other, (key, language)


def test_texts_hold_every_message_the_path_needs() -> None:
    from polku.outbox import wording

    needed = {"appointment_confirmed", "appointment_cancelled", "appointment_moved", "appointment_reminder"}
    needed |= {"earlier_time_offer", "eform_receipt", "callback_agreed", "appointment_missed", "contact_attempted"}
    assert needed <= set(wording.templates())


def test_texts_use_every_placeholder_they_name() -> None:
    from polku.outbox import wording

    for key, template in wording.templates().items():
        used = {place for version in template.versions for words in version.words.values() for place in words.places()}
        assert used == template.placeholders, key


def test_render_fills_every_text_and_a_text_message_stays_short() -> None:
    from polku.outbox import wording

    for key, template in wording.templates().items():
        for channel, language in template.versions[-1].words:
            values = {name: SAMPLE[name] for name in template.placeholders - {"sender"}}
            found = wording.render(
                template=key, channel=channel, language=language, values=values, day=date(2026, 12, 1)
            )
            assert not re.search(r"[{}]", found.subject + found.body), (key, channel, language)
            if channel == "sms":
                assert len(found.body) <= 306, (key, language, len(found.body))


def test_render_takes_the_version_of_the_day(tmp_path: Path) -> None:
    from polku.outbox import wording

    (tmp_path / "a.yaml").write_text(
        "t:\n  placeholders: [day]\n  versions:\n"
        "    - {version: 1, valid_from: 2026-01-01, sms: {fi: 'v1 {day}', sv: 'v1 {day}', en: 'v1 {day}'}}\n"
        "    - {version: 2, valid_from: 2026-06-01, sms: {fi: 'v2 {day}', sv: 'v2 {day}', en: 'v2 {day}'}}\n"
    )
    template = wording.read(tmp_path)["t"]
    assert template.version_on(date(2026, 5, 31)).number == 1
    assert template.version_on(date(2026, 6, 1)).number == 2


SOUND = "t:\n  placeholders: [day]\n  versions:\n    - version: 1\n      valid_from: 2026-01-01\n      sms: "


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (SOUND + "{fi: '{day}', sv: '{day}'}", "must be written in"),
        (SOUND + "{fi: '{day}', sv: '{day}', en: 'x'}", "other placeholders"),
        (SOUND + "{fi: '{dag}', sv: '{dag}', en: '{dag}'}", "unknown placeholders: dag"),
        (SOUND + "{fi: '{day.x}', sv: '{day}', en: '{day}'}", "not a plain placeholder"),
        (SOUND + "{fi: '', sv: '{day}', en: '{day}'}", "empty"),
        (SOUND.replace("version: 1", "version: 2") + "{fi: '{day}', sv: '{day}', en: '{day}'}", "numbered"),
        ("t:\n  placeholders: []\n  versions: []\n", "begins after"),
        ("t: {}\n", "placeholders"),
    ],
)
def test_read_refuses_a_broken_text_and_says_where(tmp_path: Path, text: str, says: str) -> None:
    from polku.outbox import wording

    (tmp_path / "a.yaml").write_text(text)
    with pytest.raises(wording.TextsBroken, match=r"a\.yaml: t: .*" + re.escape(says)):
        wording.read(tmp_path)


def test_values_are_written_as_people_read_them() -> None:
    from datetime import UTC, datetime

    from polku.outbox import values

    summer = datetime(2026, 7, 1, 21, 5, tzinfo=UTC)
    assert values.day(summer, "fi") == "to 2.7.2026"
    assert values.day(summer, "sv") == "to 2.7.2026"
    assert values.day(summer, "en") == "Thu 2 Jul 2026"
    assert values.clock_time(summer) == "0.05"
