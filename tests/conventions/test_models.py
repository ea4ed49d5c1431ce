"""Models point down the path, save nothing behind anybody's back and send no signals."""

import ast
from pathlib import Path

import pytest
from django.apps import apps
from django.db.models import Model
from django.utils import translation

from tests.conventions.layers import PACKAGE, ranks, tree

SIGNALS = {"receiver", "Signal", "pre_save", "post_save", "pre_delete", "post_delete", "m2m_changed", "pre_init"}


def _models() -> list[type[Model]]:
    return [model for model in apps.get_models() if model.__module__.startswith("polku.")]


def _sources() -> list[Path]:
    return [path for path in sorted(PACKAGE.rglob("*.py")) if "migrations" not in path.parts]


@pytest.mark.parametrize("model", _models(), ids=lambda model: model._meta.label)
def test_point_down_the_path_with_every_foreign_key(model: type[Model]) -> None:
    rank = ranks()
    own = rank[model._meta.app_label]
    for field in model._meta.get_fields():
        target = field.related_model
        if not field.concrete or target is None or isinstance(target, str):
            continue
        folder = target._meta.app_label
        if folder in rank and target.__module__.startswith("polku."):
            upward = f"{model._meta.label}.{field.name} points up to {target._meta.label}"
            assert folder == model._meta.app_label or rank[folder] < own, upward


@pytest.mark.parametrize("model", _models(), ids=lambda model: model._meta.label)
def test_leave_no_name_behind_on_another_stages_model(model: type[Model]) -> None:
    for field in model._meta.get_fields():
        target = field.related_model
        if not field.concrete or target is None or isinstance(target, str) or not field.is_relation:
            continue
        if target._meta.app_label != model._meta.app_label:
            hidden = field.remote_field.hidden  # type: ignore[union-attr]
            assert hidden, f"{model._meta.label}.{field.name} needs related_name='+'"


@pytest.mark.parametrize("model", _models(), ids=lambda model: model._meta.label)
def test_save_without_hidden_work(model: type[Model]) -> None:
    for name in ("save", "delete", "full_clean", "clean"):
        for parent in model.__mro__:
            own = parent.__module__.startswith("polku.") and name in vars(parent)
            assert not own, f"{model._meta.label} overrides {name}(): write it in an action"


def test_send_no_signals() -> None:
    found = []
    for path in _sources():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.ImportFrom) and "signals" in (node.module or "").split("."):
                found.append(str(path))
            if isinstance(node, ast.ImportFrom) and node.module == "django.dispatch":
                found += [f"{path}: {name.name}" for name in node.names if name.name in SIGNALS]
    assert not found, f"a signal hides who calls whom: {found}"


def test_have_a_migration_for_every_change_of_a_model() -> None:
    from django.db.migrations.autodetector import MigrationAutodetector
    from django.db.migrations.loader import MigrationLoader
    from django.db.migrations.questioner import NonInteractiveMigrationQuestioner
    from django.db.migrations.state import ProjectState

    loader = MigrationLoader(None)
    ours = {model._meta.app_label for model in _models()}
    questioner = NonInteractiveMigrationQuestioner(specified_apps=ours, dry_run=True)
    # As makemigrations does: labels in the source's own language.
    with translation.override(None):
        detector = MigrationAutodetector(loader.project_state(), ProjectState.from_apps(apps), questioner)
        changes = detector.changes(graph=loader.graph, trim_to_apps=ours)
    said = {app: [str(operation) for step in steps for operation in step.operations] for app, steps in changes.items()}
    assert not said, f"run makemigrations: {said}"
