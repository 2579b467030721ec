"""The page on agreements: its sample is a file that applies, and its commands exist."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import typer

from api.agreements.reading import read_agreements
from aurora.registry import read_registry
from aurora.settings import PROJECT_ROOT

PAGE = (PROJECT_ROOT / "docs" / "agreements.md").read_text(encoding="utf-8")


def test_the_sample_is_read_without_a_problem(tmp_path: Path) -> None:
    [sample] = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    path = tmp_path / "agreements.yaml"
    path.write_text(sample, encoding="utf-8")
    registry = read_registry(PROJECT_ROOT / "chains.yaml", PROJECT_ROOT / "providers.yaml", environment={})
    [partner] = read_agreements(path, registry).partners
    assert partner.name == "Acme Introductions"


def test_every_command_of_the_page_is_one_with_its_options() -> None:
    from aurora.cli.app import app

    blocks = "\n".join(re.findall(r"```\w*\n(.*?)```", PAGE, re.DOTALL))
    found = re.findall(r"aurora ((?:[a-z]+ )*[a-z]+)((?:[^\n]*\\\n)*[^\n]*)", blocks)
    assert len(found) >= 12
    for words, rest in found:
        command: Any = typer.main.get_command(app)
        for word in words.split():
            if hasattr(command, "commands"):
                assert word in command.commands, words
                command = command.commands[word]
        options = {option for parameter in command.params for option in parameter.opts}
        assert set(re.findall(r"--[a-z-]+", rest)) <= options, words
