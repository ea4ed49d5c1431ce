"""Faults planted in a copy of the tree, each refused by the command that `make check` runs."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conventions.layers import ROOT

pytestmark = pytest.mark.slow

BIN = Path(sys.executable).parent
TRANSLATIONS = (sys.executable, "-m", "polku.site.translations", "check")
RUFF = (str(BIN / "ruff"), "check", "--no-cache", "--output-format", "concise", ".")
LAYERS = (str(BIN / "lint-imports"), "--no-cache")
TYPES = (str(BIN / "mypy"), "--cache-dir", str(ROOT / ".mypy_cache"))

BELOW_THE_VIEWS = "polku/cases/queries.py"


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of everything that is checked."""
    copy = tmp_path_factory.mktemp("planted") / "polku"
    left_out = shutil.ignore_patterns("__pycache__", "*.mo", ".*")
    for name in ("polku", "bench", "counties", "tests"):
        shutil.copytree(ROOT / name, copy / name, ignore=left_out)
    shutil.copy(ROOT / "pyproject.toml", copy)
    shutil.copy(ROOT / "requirements-dev.txt", copy)
    return copy


class Bed:
    """Where faults are planted; every changed file is put back after the test."""

    def __init__(self, tree: Path) -> None:
        self._tree = tree
        self._before: dict[Path, str | None] = {}

    def append(self, name: str, text: str) -> None:
        """Add text to the end of a file, which may be new."""
        path = self._tree / name
        self._before.setdefault(path, path.read_text() if path.exists() else None)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text((self._before[path] or "") + "\n" + text)

    def replace(self, name: str, pattern: str, text: str) -> None:
        """Replace the first place in a file that fits a pattern."""
        path = self._tree / name
        self._before.setdefault(path, path.read_text())
        changed, count = re.subn(pattern, text, path.read_text(), count=1, flags=re.MULTILINE)
        assert count, f"{pattern} is not in {name}"
        path.write_text(changed)

    def restore(self) -> None:
        """Put every file back."""
        for path, text in self._before.items():
            path.unlink() if text is None else path.write_text(text)

    def refused_by(self, command: tuple[str, ...]) -> str:
        """Run a check; it must refuse. Returns what it says."""
        env = {**os.environ, "PYTHONPATH": str(self._tree), "POLKU_VAR": str(self._tree / "var")}
        done = subprocess.run(command, cwd=self._tree, env=env, capture_output=True, text=True, check=False)
        said = done.stdout + done.stderr
        assert done.returncode, f"{' '.join(command)} let it pass: {said[-2000:]}"
        return said


@pytest.fixture
def bed(tree: Path) -> Iterator[Bed]:
    """A place for one fault."""
    found = Bed(tree)
    yield found
    found.restore()


def _test(name: str) -> tuple[str, ...]:
    return (str(BIN / "pytest"), "-q", "-p", "no:schemathesis", f"tests/conventions/{name}.py")


def test_refuse_an_import_that_points_up(bed: Bed) -> None:
    bed.append(BELOW_THE_VIEWS, "from polku.contacts import actions as planted  # noqa: E402, F401\n")
    assert "polku.cases.queries -> polku.contacts.actions" in bed.refused_by(LAYERS)


def test_refuse_an_import_between_folders_side_by_side(bed: Bed) -> None:
    bed.append("polku/ui/words.py", "from polku.gateways import contract as planted  # noqa: E402, F401\n")
    assert "polku.ui.words -> polku.gateways.contract" in bed.refused_by(LAYERS)


def test_refuse_a_folder_that_has_no_place(bed: Bed) -> None:
    bed.append("polku/elsewhere/__init__.py", '"""Nowhere on the path."""\n')
    assert "polku.elsewhere" in bed.refused_by(LAYERS)


def test_refuse_django_in_the_law(bed: Bed) -> None:
    bed.append("polku/rules/planted.py", '"""Planted."""\nfrom django.utils import timezone  # noqa: F401\n')
    assert "polku.rules.planted -> django" in bed.refused_by(LAYERS)


@pytest.mark.parametrize(
    "code",
    [
        "from datetime import datetime, UTC\nplanted = datetime.now(UTC)",
        "import datetime as d\nplanted = d.datetime.utcnow()",
        "from datetime import date\nplanted = date.today()",
        "from django.utils import timezone\nplanted = timezone.now()",
        "import time\nplanted = time.time()",
        "from polku.kit import clock\nplanted = clock.now()",
        "from polku.kit.clock import now\nplanted = now()",
    ],
)
def test_refuse_a_clock_read_below_the_views(bed: Bed, code: str) -> None:
    bed.append("polku/cases/planted.py", f'"""Planted."""\n{code}\n')
    assert re.search(r"polku/cases/planted\.py:\d+:\d+: TID251", bed.refused_by(RUFF))


def test_refuse_a_type_that_does_not_fit(bed: Bed) -> None:
    bed.append("polku/kit/planted.py", '"""Planted."""\nplanted: int = "one"\n')
    assert "polku/kit/planted.py" in bed.refused_by(TYPES)


def test_refuse_a_view_that_does_not_say_what_it_needs(bed: Bed) -> None:
    bed.append(
        "polku/ui/urls.py",
        "from django.http import HttpRequest, HttpResponse\n"
        "def planted(request: HttpRequest) -> HttpResponse:\n    return HttpResponse()\n"
        'urlpatterns += [path("planted/", planted, name="planted")]\n',
    )
    assert "planted/ (ui:planted)" in bed.refused_by(_test("test_views"))


def test_refuse_an_operation_of_the_api_that_does_not_say_what_it_needs(bed: Bed) -> None:
    bed.append(
        "polku/contacts/api.py",
        '@router.get("/planted")\ndef planted(request: HttpRequest) -> dict[str, str]:\n    return {}\n',
    )
    assert "GET /api/v1/planted (api:planted)" in bed.refused_by(_test("test_views"))


def test_refuse_a_foreign_key_that_points_up_by_its_name(bed: Bed) -> None:
    bed.append(
        "polku/clients/models.py",
        'class Planted(models.Model):\n    contact = models.ForeignKey("contacts.Contact", models.PROTECT, "+")\n',
    )
    said = bed.refused_by(_test("test_models"))
    assert "clients.Planted.contact points up to contacts.Contact" in said


def test_refuse_work_hidden_in_save(bed: Bed) -> None:
    bed.append("polku/clients/models.py", "class Planted(models.Model):\n    def save(self, *args, **kwargs): ...\n")
    assert "clients.Planted overrides save()" in bed.refused_by(_test("test_models"))


def test_refuse_a_long_function_and_a_vague_name(bed: Bed) -> None:
    bed.append("polku/kit/helpers.py", '"""Planted."""\ndef planted():\n' + "    x = 1\n" * 60)
    said = bed.refused_by(_test("test_sizes"))
    assert "helpers.py:3 planted" in said
    assert "kit/helpers.py" in said


def test_refuse_a_sentence_in_python_without_translation(bed: Bed) -> None:
    bed.append("polku/cases/planted.py", '"""Planted."""\nplanted = _("A planted sentence")\n')
    said = bed.refused_by(TRANSLATIONS)
    for language in ("fi", "sv"):
        assert f"polku/cases/locale/{language}/LC_MESSAGES/django.po: 'A planted sentence'" in said


def test_refuse_a_sentence_in_a_template_without_translation(bed: Bed) -> None:
    bed.append("polku/ui/templates/ui/planted.html", '{% translate "A planted sentence" %}\n')
    assert "django.po: 'A planted sentence' (polku/ui/templates/ui/planted.html)" in bed.refused_by(TRANSLATIONS)


def test_refuse_plain_words_in_a_template(bed: Bed) -> None:
    bed.append("polku/ui/templates/ui/planted.html", '<p title="Planted title">Planted words</p>\n')
    said = bed.refused_by(TRANSLATIONS)
    assert "planted.html: line 2: 'Planted words' is not translated" in said
    assert "planted.html: line 2: 'Planted title' is not translated" in said


def test_refuse_a_sentence_in_javascript_without_translation(bed: Bed) -> None:
    bed.append("polku/ui/static/ui/planted.js", 'export const planted = gettext("A planted sentence");\n')
    assert "djangojs.po: 'A planted sentence'" in bed.refused_by(TRANSLATIONS)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ('msgid "A planted sentence"\nmsgstr ""', "has no translation"),
        ('#, fuzzy\nmsgid "A planted sentence"\nmsgstr "Lause"', "is marked fuzzy"),
    ],
)
def test_refuse_a_translation_that_is_empty_or_a_guess(bed: Bed, written: str, said: str) -> None:
    bed.append("polku/cases/planted.py", '"""Planted."""\nplanted = _("A planted sentence")\n')
    bed.append("polku/cases/locale/fi/LC_MESSAGES/django.po", f"\n{written}\n")
    assert f"'A planted sentence' (polku/cases/planted.py) {said}" in bed.refused_by(TRANSLATIONS)


def test_refuse_a_translation_with_another_placeholder(bed: Bed) -> None:
    bed.append("polku/cases/planted.py", '"""Planted."""\nplanted = _("Planted %(name)s") % {}\n')
    bed.append(
        "polku/cases/locale/fi/LC_MESSAGES/django.po", '\nmsgid "Planted %(name)s"\nmsgstr "Istutettu %(nimi)s"\n'
    )
    assert "differs in its placeholders" in bed.refused_by(TRANSLATIONS)


def test_refuse_a_law_sentence_that_lacks_a_language(bed: Bed) -> None:
    bed.replace("polku/rules/parameters/clocks/tt_talk.yaml", r"^      sv: .*\n", "")
    assert "tt_talk.yaml: versions[0].sentence is not said in sv" in bed.refused_by(TRANSLATIONS)


def test_refuse_a_law_sentence_with_another_placeholder(bed: Bed) -> None:
    bed.replace("polku/rules/parameters/clocks/tt_talk.yaml", r"^(      en: .*)\{last_day\}", r"\1{some_day}")
    assert "tt_talk.yaml: versions[0].sentence differs" in bed.refused_by(TRANSLATIONS)


def test_refuse_a_county_text_that_lacks_a_language(bed: Bed) -> None:
    bed.replace("counties/lansi-uusimaa.toml", r'sv = "Västra Nylands välfärdsområde"', 'sv = ""')
    assert "lansi-uusimaa.toml: county.name is not said in sv" in bed.refused_by(TRANSLATIONS)


def test_refuse_a_message_template_that_lacks_a_language(bed: Bed) -> None:
    bed.replace("polku/outbox/texts/contacts.yaml", r"^        en: .*\n", "")
    assert "contacts.yaml: eform_receipt.versions[0].sms is not said in en" in bed.refused_by(TRANSLATIONS)
