"""Everything is said in Finnish, Swedish and English."""

from polku.site import translations


def test_say_everything_in_every_language() -> None:
    wrong = translations.check_all()
    assert not wrong, "\n".join(wrong[:50])
