"""``aurora overrides``: what a commission line is, whatever is computed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from aurora.cli.inputs import ActorOption, acting, place

if TYPE_CHECKING:
    from api.overrides.service import LineName

app = typer.Typer(help="What a commission line is, whatever is computed.", no_args_is_help=True)

_Partner = Annotated[str, typer.Option("--partner", help="The partner's name.")]
_Agreement = Annotated[str, typer.Option("--agreement", help="The agreement's name.")]
_Rule = Annotated[str, typer.Option("--rule-key", help="As lines show it: solana/*/COMMISSION/CLIENT_REVENUE.")]
_Chain = Annotated[str, typer.Option("--chain", help="As the registry names it.")]
_Period = Annotated[str, typer.Option("--period", help="An epoch, or a day.")]
_Validator = Annotated[str, typer.Option("--validator", help="A vote account, or a public key.")]
_Component = Annotated[str, typer.Option("--component", help="EXEC_FEES, MEV_TIPS, VOTE_REWARDS or COMMISSION.")]
_Why = Annotated[str | None, typer.Option("--reason", help="Why, for the audit log.")]


@app.command("set")
def set_(
    partner: _Partner,
    agreement: _Agreement,
    rule_key: _Rule,
    chain: _Chain,
    period: _Period,
    validator: _Validator,
    component: _Component,
    amount: Annotated[str, typer.Option("--amount", help="In the native unit; 0 is a real zero.")],
    reason: Annotated[str, typer.Option("--reason", help="Why: whoever approves reads it.")],
    actor: ActorOption = None,
) -> None:
    """Set what a line is, and note what is computed for it now."""
    from api.overrides.service import set_override

    url, registry = place()
    line = _line(partner, agreement, rule_key, chain, period, validator, component)
    is_set = set_override(url, registry, line, amount=amount, reason=reason, actor=acting(actor))
    typer.echo(f"the line is {amount}" if is_set else "the line is that already; nothing is written")


@app.command()
def confirm(
    partner: _Partner,
    agreement: _Agreement,
    rule_key: _Rule,
    chain: _Chain,
    period: _Period,
    validator: _Validator,
    component: _Component,
    reason: _Why = None,
    actor: ActorOption = None,
) -> None:
    """Let an override stand although what is computed has changed since."""
    from api.overrides.service import confirm_override

    url, registry = place()
    line = _line(partner, agreement, rule_key, chain, period, validator, component)
    is_written = confirm_override(url, registry, line, reason=reason, actor=acting(actor))
    typer.echo("confirmed" if is_written else "the computed amount has not changed; nothing is written")


@app.command()
def clear(
    partner: _Partner,
    agreement: _Agreement,
    rule_key: _Rule,
    chain: _Chain,
    period: _Period,
    validator: _Validator,
    component: _Component,
    reason: _Why = None,
    actor: ActorOption = None,
) -> None:
    """Take an override away: the line is what is computed."""
    from api.overrides.service import clear_override

    url, registry = place()
    line = _line(partner, agreement, rule_key, chain, period, validator, component)
    clear_override(url, registry, line, reason=reason, actor=acting(actor))
    typer.echo("cleared")


@app.command("list")
def list_() -> None:
    """List the overrides in force, and those that are stale."""
    from rich.console import Console
    from rich.table import Table

    from api.overrides.service import list_overrides
    from aurora.settings import load_settings
    from aurora.warehouse.connection import warehouse_url

    table = Table(
        "partner", "agreement", "rule", "period", "validator", "component", "amount", "computed", "", "reason"
    )
    for override in list_overrides(warehouse_url(load_settings())):
        line = override.line
        computed = override.computed_now_native
        table.add_row(
            line.partner,
            line.agreement,
            line.rule_key,
            f"{line.chain} {line.period}",
            line.validator,
            line.component,
            f"{override.amount_native:f}",
            "none" if computed is None else f"{computed:f}",
            "STALE" if override.is_stale else "",
            f"{override.reason} ({override.recorded_by})",
        )
    console = Console()
    (console if console.is_terminal else Console(width=400)).print(table)


def _line(
    partner: str, agreement: str, rule_key: str, chain: str, period: str, validator: str, component: str
) -> LineName:
    from api.overrides.service import LineName

    return LineName(partner, agreement, rule_key, chain, period, validator, component)
