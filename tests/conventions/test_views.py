"""Every page and every API operation says what it needs."""

from polku.site.needs import addresses, undeclared


def test_declare_the_need_of_every_view() -> None:
    assert addresses()
    assert not undeclared(), "a view needs @need, @public, @signed_in, @by_link or @machine"
