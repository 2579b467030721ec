"""The commands as they are typed: what they print, and how they fail."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.agreements.conftest import Office
from tests.agreements.samples import SAMPLE, STAKE, VOTE, one_rule, versions

Command = Callable[..., tuple[int, str, str]]

ROOT = Path(__file__).resolve().parents[2]
GROUPS = ("agreements", "wallets", "costs", "prices", "overrides", "reconcile")


@pytest.fixture
def aurora(office: Office, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run `aurora` in this process; gives the exit code, stdout and stderr."""
    monkeypatch.setenv("DATABASE_URL", office.url)
    monkeypatch.setenv("ENVIRONMENT", "test")
    monkeypatch.delenv("AURORA_ACTOR", raising=False)

    def run(*arguments: str) -> tuple[int, str, str]:
        from aurora.cli import main

        monkeypatch.setattr(sys, "argv", ["aurora", *arguments])
        capsys.readouterr()
        with pytest.raises(SystemExit) as stopped:
            main()
        captured = capsys.readouterr()
        return int(stopped.value.code or 0), captured.out, captured.err

    return run


def test_a_file_is_compared_applied_and_exported(aurora: Command, office: Office) -> None:
    path = str(office.file(SAMPLE))
    code, said, _ = aurora("agreements", "diff", path)
    assert (code, aurora("agreements", "apply", path, "--dry-run")) == (0, (0, said, ""))
    assert office.rows("select count(*) from app.partners") == [(0,)]
    assert aurora("agreements", "apply", path, "--actor", "Ada L.") == (0, f"{said}recorded\n", "")
    assert office.rows("select distinct actor from app.audit_log") == [("Ada L.",)]
    assert aurora("agreements", "apply", path) == (0, "no difference\n", "")
    code, text, _ = aurora("agreements", "export")
    assert (code, text) == (0, office.export())
    out = office.folder / "out.yaml"
    code, said, _ = aurora("agreements", "export", str(out))
    assert (code, out.read_text(encoding="utf-8")) == (0, text)
    assert said == f"partners in {out}: 2\n"
    code, _, err = aurora("agreements", "export", str(out / "nowhere"))
    assert (code, "cannot be written: Not a directory" in err) == (1, True)
    assert aurora("agreements", "apply", str(out))[:2] == (0, "no difference\n")


def test_who_applies_is_the_systems_user_unless_named(
    aurora: Command, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", "grace")
    aurora("agreements", "apply", str(office.file(versions("2025-01-01 1"))))
    monkeypatch.setenv("AURORA_ACTOR", "barbara")
    aurora("agreements", "apply", str(office.file(versions("2025-01-01 2"))))
    assert office.rows("select distinct actor from app.audit_log order by 1") == [("barbara",), ("grace",)]
    code, _, said = aurora("agreements", "apply", str(office.file(versions("2025-01-01 3"))), "--actor", " ")
    assert (code, said) == (1, "aurora: --actor must be a name\n")


def test_one_problem_is_one_line_and_several_are_one_each(aurora: Command, office: Office) -> None:
    rule = "revenue_component: COMMISSION, attribution_method: FIXED_SHARE, commission_rate_bps:"
    path = office.file(one_rule(f"{rule} 10001"))
    code, out, err = aurora("agreements", "apply", str(path))
    assert (code, out) == (1, "")
    assert err == (
        f"aurora: {path}:10: partners[0].agreements[0].versions[0].rules[0].commission_rate_bps: "
        "must be from 0 to 10000 (nothing is written)\n"
    )
    office.file(one_rule(f"{rule} 10001, chains: solana", version="basis: NET"))
    code, out, err = aurora("agreements", "diff", str(path))
    assert (code, out) == (1, "")
    *problems, last = err.splitlines()
    assert [problem.partition(":")[2].partition(":")[0] for problem in problems] == ["7", "10", "10"]
    assert last.startswith("aurora: 3 problems, listed above: nothing is written")


def test_lint_fails_on_errors_and_on_warnings_only_where_it_is_strict(aurora: Command, office: Office) -> None:
    assert aurora("agreements", "lint") == (0, "nothing looks wrong\n", "")
    gap = str(office.file(versions("2025-01-01 2025-03-01 1", "2025-03-10 2")))
    code, out, _ = aurora("agreements", "lint", gap)
    assert (code, out.startswith("warning: ")) == (0, True)
    assert aurora("agreements", "lint", gap, "--strict")[0] == 1
    rule = "revenue_component: COMMISSION, attribution_method: FIXED_SHARE, commission_rate_bps: 6000"
    twice = one_rule(f"{rule}}}\n              - {{chain: solana, rule_key: b, {rule}", version="stacking: ADDITIVE")
    code, out, err = aurora("agreements", "lint", str(office.file(twice)))
    assert (code, out.startswith("error: ")) == (1, True)
    assert err == "aurora: findings that fail: 1, listed above; correct the agreements\n"


def test_csv_files_are_imported(aurora: Command, office: Office) -> None:
    office.apply("partners: [{name: A}]\n")
    header = "partner,chain,address,kind,valid_from,valid_until\n"
    wallets = office.file(f"{header}A,solana,{VOTE},withdrawer,2026-01-01T00:00:00Z,\n", name="w.csv")
    assert aurora("wallets", "import", str(wallets)) == (0, "wallets: 1 added, 0 changed, 0 as they were\n", "")
    header = "chain,validator,period_id,line_type,amount_native,note\n"
    costs = office.file(f"{header}solana,{VOTE},840,INFRA_COSTS,1,\n", name="c.csv")
    assert aurora("costs", "import", str(costs)) == (0, "costs: 1 added, 0 changed, 0 as they were\n", "")
    prices = office.file("chain,currency,at,price\nsolana,USD,2026-01-01T00:00:00Z,1\n", name="p.csv")
    assert aurora("prices", "import", str(prices)) == (0, "prices: 1 added, 0 changed, 0 as they were\n", "")
    bad = office.file(f"partner,chain,address,kind,valid_from,valid_until\nX,solana,{STAKE},w,now,\n", name="b.csv")
    code, _, err = aurora("wallets", "import", str(bad))
    assert (code, err.count("b.csv:2: ")) == (1, 3)


def test_overrides_are_set_listed_confirmed_and_cleared(aurora: Command, office: Office) -> None:
    office.apply(versions("2025-01-01 500"))
    line = ("--partner", "Acme", "--agreement", "A", "--rule-key", "solana/*/COMMISSION/FIXED_SHARE")
    line += ("--chain", "solana", "--period", "840", "--validator", VOTE, "--component", "COMMISSION")
    assert aurora("overrides", "set", *line, "--amount", "-1.5", "--reason", "deal")[:2] == (0, "the line is -1.5\n")
    listed = aurora("overrides", "list")[1]
    assert all(part in listed for part in ("Acme", "solana 840", "-1.500000000000000000", "deal"))
    assert "has not changed" in aurora("overrides", "confirm", *line)[1]
    assert aurora("overrides", "clear", *line)[:2] == (0, "cleared\n")
    assert aurora("overrides", "clear", *line)[0] == 1


def test_differences_are_listed_and_accepted(aurora: Command, office: Office) -> None:
    assert "aurora transform" in aurora("reconcile", "list")[2]
    office.execute("create schema canonical")
    office.execute(
        "create table canonical.reconciliation as select 'solana' as chain_id, 840::bigint as period_id,"
        f" '{VOTE}' as validator_key, 'fees' as metric, 'a' as provider_a, 'b' as provider_b,"
        " 1::numeric(38, 18) as value_a, 2::numeric(38, 18) as value_b, false as is_within_tolerance"
    )
    cell = ("--chain", "solana", "--period", "840", "--validator", VOTE, "--metric", "fees")
    cell += ("--provider-a", "a", "--provider-b", "b", "--reason", "known")
    assert aurora("reconcile", "accept", *cell)[:2] == (0, "accepted\n")
    assert "accepted already" in aurora("reconcile", "accept", *cell)[1]
    assert "known" in aurora("reconcile", "list")[1]


def test_a_database_without_the_schema_says_what_to_do(
    aurora: Command, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.execute("drop schema app cascade")
    path = str(office.file(SAMPLE))
    for arguments in (("agreements", "apply", path), ("agreements", "export"), ("overrides", "list")):
        code, _, err = aurora(*arguments)
        assert (code, err.count("\n")) == (1, 1)
        assert "run `aurora migrate` first" in err


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; import aurora.cli.agreements, aurora.cli.imports, aurora.cli.overrides, aurora.cli.reconcile;"
        "print(sorted({name.split('.')[0] for name in sys.modules} & {'api', 'psycopg', 'pydantic', 'yaml', 'rich'}))"
    )
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


@pytest.mark.parametrize("group", GROUPS)
def test_every_group_is_known_and_helps(aurora: Command, group: str) -> None:
    code, said, _ = aurora(group, "--help")
    assert (code, "Usage: aurora" in said) == (0, True)
