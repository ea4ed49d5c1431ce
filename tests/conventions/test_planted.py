"""Faults planted in a copy of the tree, each refused by name by the command that `make check` runs.

The faults that one command finds are planted together, so that it runs once for all of them.
"""

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
    """A place for the faults of one test."""
    found = Bed(tree)
    yield found
    found.restore()


def _test(name: str) -> tuple[str, ...]:
    return (str(BIN / "pytest"), "-q", "-p", "no:schemathesis", f"tests/conventions/{name}.py")


def test_refuse_an_import_that_points_up_sideways_or_out_of_the_law(bed: Bed) -> None:
    bed.append(BELOW_THE_VIEWS, "from polku.contacts import actions as planted  # noqa: E402, F401\n")
    bed.append("polku/ui/words.py", "from polku.gateways import contract as planted  # noqa: E402, F401\n")
    bed.append("polku/rules/planted.py", '"""Planted."""\nfrom django.utils import timezone  # noqa: F401\n')
    said = bed.refused_by(LAYERS)
    assert "polku.cases.queries -> polku.contacts.actions" in said
    assert "polku.ui.words -> polku.gateways.contract" in said
    assert "polku.rules.planted -> django" in said


def test_refuse_a_folder_that_has_no_place(bed: Bed) -> None:
    bed.append("polku/elsewhere/__init__.py", '"""Nowhere on the path."""\n')
    assert "polku.elsewhere" in bed.refused_by(LAYERS)


CLOCKS_READ = (
    "from datetime import datetime, UTC\nplanted = datetime.now(UTC)",
    "import datetime as d\nplanted = d.datetime.utcnow()",
    "from datetime import date\nplanted = date.today()",
    "from django.utils import timezone\nplanted = timezone.now()",
    "import time\nplanted = time.time()",
    "from polku.kit import clock\nplanted = clock.now()",
    "from polku.kit.clock import now\nplanted = now()",
)


def test_refuse_a_clock_read_below_the_views(bed: Bed) -> None:
    for number, code in enumerate(CLOCKS_READ):
        bed.append(f"polku/cases/planted{number}.py", f'"""Planted."""\n{code}\n')
    said = bed.refused_by(RUFF)
    for number, code in enumerate(CLOCKS_READ):
        assert re.search(rf"polku/cases/planted{number}\.py:\d+:\d+: TID251", said), code


def test_refuse_a_type_that_does_not_fit(bed: Bed) -> None:
    bed.append("polku/kit/planted.py", '"""Planted."""\nplanted: int = "one"\n')
    assert "polku/kit/planted.py" in bed.refused_by(TYPES)


def test_refuse_a_view_and_an_operation_of_the_api_that_do_not_say_what_they_need(bed: Bed) -> None:
    bed.append(
        "polku/ui/urls.py",
        "from django.http import HttpRequest, HttpResponse\n"
        "def planted(request: HttpRequest) -> HttpResponse:\n    return HttpResponse()\n"
        'urlpatterns += [path("planted/", planted, name="planted")]\n',
    )
    bed.append(
        "polku/contacts/api.py",
        '@router.get("/planted")\ndef planted(request: HttpRequest) -> dict[str, str]:\n    return {}\n',
    )
    said = bed.refused_by(_test("test_views"))
    assert "planted/ (ui:planted)" in said
    assert "GET /api/v1/planted (api:planted)" in said


def test_refuse_a_foreign_key_that_points_up_by_its_name_and_work_hidden_in_save(bed: Bed) -> None:
    bed.append(
        "polku/clients/models.py",
        'class Planted(models.Model):\n    contact = models.ForeignKey("contacts.Contact", models.PROTECT, "+")\n'
        "    def save(self, *args, **kwargs): ...\n",
    )
    said = bed.refused_by(_test("test_models"))
    assert "clients.Planted.contact points up to contacts.Contact" in said
    assert "clients.Planted overrides save()" in said


def test_refuse_a_long_function_and_a_vague_name(bed: Bed) -> None:
    bed.append("polku/kit/helpers.py", '"""Planted."""\ndef planted():\n' + "    x = 1\n" * 60)
    said = bed.refused_by(_test("test_sizes"))
    assert "helpers.py:3 planted" in said
    assert "kit/helpers.py" in said


def test_refuse_words_without_translation(bed: Bed) -> None:
    bed.append("polku/cases/planted.py", '"""Planted."""\nplanted = _("A sentence of Python")\n')
    bed.append("polku/ui/templates/ui/planted.html", '{% translate "A sentence of a template" %}\n')
    bed.append("polku/ui/templates/ui/plain.html", '<p title="Planted title">Planted words</p>\n')
    bed.append("polku/ui/static/ui/planted.js", 'export const planted = gettext("A sentence of a script");\n')
    said = bed.refused_by(TRANSLATIONS)
    for language in ("fi", "sv"):
        assert f"polku/cases/locale/{language}/LC_MESSAGES/django.po: 'A sentence of Python'" in said
        assert re.search(
            rf"{language}/LC_MESSAGES/django\.po: 'A sentence of a template' \(polku/ui/templates/ui/planted\.html\)",
            said,
        )
        assert f"{language}/LC_MESSAGES/djangojs.po: 'A sentence of a script'" in said
    assert "plain.html: line 2: 'Planted words' is not translated" in said
    assert "plain.html: line 2: 'Planted title' is not translated" in said


def test_refuse_a_translation_that_is_empty_or_a_guess_or_has_another_placeholder(bed: Bed) -> None:
    bed.append(
        "polku/cases/planted.py",
        '"""Planted."""\nplanted = _("An empty sentence"), _("A guessed sentence"), _("Planted %(name)s") % {}\n',
    )
    bed.append(
        "polku/cases/locale/fi/LC_MESSAGES/django.po",
        '\nmsgid "An empty sentence"\nmsgstr ""\n'
        '\n#, fuzzy\nmsgid "A guessed sentence"\nmsgstr "Lause"\n'
        '\nmsgid "Planted %(name)s"\nmsgstr "Istutettu %(nimi)s"\n',
    )
    said = bed.refused_by(TRANSLATIONS)
    assert "'An empty sentence' (polku/cases/planted.py) has no translation" in said
    assert "'A guessed sentence' (polku/cases/planted.py) is marked fuzzy" in said
    assert re.search(r"'Planted %\(name\)s'.* differs in its placeholders", said)


def test_refuse_data_that_lacks_a_language_or_has_another_placeholder(bed: Bed) -> None:
    bed.replace("polku/rules/parameters/clocks/tt_talk.yaml", r"^      sv: .*\n", "")
    bed.replace("polku/rules/parameters/clocks/tt_urgent.yaml", r"^(      en: .*)\{last_day\}", r"\1{some_day}")
    bed.replace("counties/lansi-uusimaa.toml", r'sv = "Västra Nylands välfärdsområde"', 'sv = ""')
    bed.replace("polku/outbox/texts/contacts.yaml", r"^        en: .*\n", "")
    said = bed.refused_by(TRANSLATIONS)
    assert "tt_talk.yaml: versions[0].sentence is not said in sv" in said
    assert "tt_urgent.yaml: versions[0].sentence differs" in said
    assert "lansi-uusimaa.toml: county.name is not said in sv" in said
    assert "contacts.yaml: eform_receipt.versions[0].sms is not said in en" in said
