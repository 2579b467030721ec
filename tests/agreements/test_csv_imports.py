"""Wallets, costs and prices from CSV: all or nothing, every bad line told with its number."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from api.costs.service import import_costs
from api.inputs.csv_files import Imported
from api.prices.service import import_prices
from api.wallets.service import import_wallets
from aurora.errors import InputError
from tests.agreements.conftest import Office
from tests.agreements.samples import OTHER_STAKE, OTHER_VOTE, PUBLIC_KEY, STAKE, VOTE, WITHDRAWAL, file_of, partner

Import = Callable[..., Imported]

WALLETS = "partner,chain,address,kind,valid_from,valid_until"
COSTS = "chain,validator,period_id,line_type,amount_native,note"
PRICES = "chain,currency,at,price"
NEW_YEAR, FEBRUARY = "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"


def take(office: Office, importing: Import, header: str, *lines: str) -> Imported:
    path = office.file("\n".join([header, *lines]) + "\n", name="in.csv")
    return importing(office.url, path, office.registry, actor="ada")


def refused(office: Office, importing: Import, header: str, *lines: str) -> list[str]:
    """The problems, without the file's path; nothing is written."""
    before = office.everything()
    with pytest.raises(InputError) as error:
        take(office, importing, header, *lines)
    assert office.everything() == before
    return [problem.partition("in.csv:")[2] for problem in error.value.problems]


@pytest.fixture
def books(office: Office) -> Office:
    office.apply("partners: [{name: A}, {name: 'B, Ltd'}]\n")
    return office


def test_wallets_are_recorded_and_a_second_time_changes_nothing(books: Office) -> None:
    lines = (
        f"A,solana,{VOTE},withdrawer,{NEW_YEAR},",
        f'"B, Ltd",solana,{STAKE},stake_account,2026-01-01T02:00:00+02:00,{FEBRUARY}',
        "",
        f"A,ethereum,{WITHDRAWAL},withdrawal_address,{NEW_YEAR},",
    )
    assert take(books, import_wallets, WALLETS, *lines) == (3, 0, 0)
    assert books.rows("select address, valid_from::text, origin from app.partner_wallets order by 1") == [
        (WITHDRAWAL.lower(), "2026-01-01 00:00:00+00", "CSV"),
        (STAKE, "2026-01-01 00:00:00+00", "CSV"),
        (VOTE, "2026-01-01 00:00:00+00", "CSV"),
    ]
    before = books.everything()
    assert take(books, import_wallets, WALLETS, *lines) == (0, 0, 3)
    assert books.everything() == before
    actions = "select action, count(*) from app.audit_log where subject_type = 'partner_wallet' group by 1"
    assert books.rows(actions) == [("wallet.recorded", 3)]


def test_a_wallet_is_closed_by_its_line_with_an_end(books: Office) -> None:
    take(books, import_wallets, WALLETS, f"A,solana,{VOTE},withdrawer,{NEW_YEAR},")
    assert take(books, import_wallets, WALLETS, f"A,solana,{VOTE},withdrawer,{NEW_YEAR},{FEBRUARY}") == (0, 1, 0)
    current = "select valid_until::text from app.partner_wallets where superseded_at is null"
    assert books.rows(current) == [("2026-02-01 00:00:00+00",)]
    assert take(books, import_wallets, WALLETS, f'"B, Ltd",solana,{VOTE},withdrawer,{FEBRUARY},') == (1, 0, 0)


def test_every_bad_wallet_is_told_with_its_line_and_reason(books: Office) -> None:
    take(books, import_wallets, WALLETS, f"A,solana,{OTHER_VOTE},withdrawer,{NEW_YEAR},")
    problems = refused(
        books,
        import_wallets,
        WALLETS,
        f"Nobody,solana,{VOTE},withdrawer,{NEW_YEAR},",
        f"A,tron,{VOTE},withdrawer,{NEW_YEAR},",
        f"A,solana,{STAKE},wallet,{NEW_YEAR},",
        f"A,solana,{STAKE},withdrawal_address,{NEW_YEAR},",
        f"A,solana,{STAKE[:-3]},stake_account,{NEW_YEAR},",
        f"A,solana,{STAKE},stake_account,2026-01-01,",
        f"A,solana,{STAKE},stake_account,{FEBRUARY},{NEW_YEAR}",
        f"A,solana,{OTHER_STAKE},stake_account,{NEW_YEAR}",
        f"A,solana,{OTHER_STAKE},stake_account,{NEW_YEAR},",
        f"A,solana,{OTHER_STAKE},stake_account,{NEW_YEAR},",
        f'"B, Ltd",solana,{OTHER_STAKE},stake_account,{FEBRUARY},',
        f'"B, Ltd",solana,{OTHER_VOTE},withdrawer,{FEBRUARY},',
        f",solana,{PUBLIC_KEY},withdrawer,,",
    )
    expected = [
        (2, "no partner is named 'Nobody'"),
        (3, "chain 'tron' is none of the registry's"),
        (4, "kind must be one of withdrawer, stake_account, withdrawal_address"),
        (5, "kind withdrawal_address is no kind of wallet of solana"),
        (6, "address must be a base58 public key"),
        (7, "valid_from has no time and no zone"),
        (8, "valid_until must be after valid_from"),
        (9, "has 5 fields, and the header 6"),
        (11, "is line 10 again"),
        (12, f"WALLET_OVERLAP: {OTHER_STAKE} is A's in that time by line 10"),
        (13, f"WALLET_OVERLAP: {OTHER_VOTE} is recorded as A's in that time (withdrawer from 2026-01-01T00:00:00Z)"),
        (14, "partner must not be empty"),
        (14, "address must be a base58"),
        (14, "valid_from must be an instant"),
    ]
    assert len(problems) == len(expected), problems
    for problem, (line, reason) in zip(problems, expected, strict=True):
        assert problem.startswith(f"{line}: ")
        assert reason in problem


def test_a_wallet_of_the_agreements_file_is_changed_there(books: Office) -> None:
    books.apply(file_of(partner("A", f"{VOTE} withdrawer 2026-01-01")))
    assert take(books, import_wallets, WALLETS, f"A,solana,{VOTE},withdrawer,{NEW_YEAR},") == (0, 0, 1)
    [problem] = refused(books, import_wallets, WALLETS, f"A,solana,{VOTE},withdrawer,{NEW_YEAR},{FEBRUARY}")
    assert "comes from a file of agreements" in problem


def test_costs_are_recorded_changed_and_left_alone(books: Office) -> None:
    lines = (
        f"solana,{VOTE},840,INFRA_COSTS,1.5,rent",
        f"solana,{VOTE},840,OTHER_INCOME,0.000000001,",
        f"ethereum,{PUBLIC_KEY},20260101,INFRA_COSTS,0.000000000000000001,",
    )
    assert take(books, import_costs, COSTS, *lines) == (3, 0, 0)
    rows = "select chain_id, validator_key, period_id, line_type, amount_native::text, note, superseded_at is null"
    held = f"{rows} from app.operating_costs order by recorded_at, 1, 4"
    assert books.rows(held) == [
        ("ethereum", PUBLIC_KEY.lower(), 20260101, "INFRA_COSTS", "0.000000000000000001", None, True),
        ("solana", VOTE, 840, "INFRA_COSTS", "1.500000000000000000", "rent", True),
        ("solana", VOTE, 840, "OTHER_INCOME", "0.000000001000000000", None, True),
    ]
    before = books.everything()
    assert take(books, import_costs, COSTS, *lines) == (0, 0, 3)
    assert books.everything() == before
    changed = lines[0].replace("1.5", "1.6")
    assert take(books, import_costs, COSTS, changed, *lines[1:]) == (0, 1, 2)
    assert [row[4:] for row in books.rows(held) if row[3] == "INFRA_COSTS" and row[0] == "solana"] == [
        ("1.500000000000000000", "rent", False),
        ("1.600000000000000000", "rent", True),
    ]
    actions = "select action, count(*)::int from app.audit_log where subject_type = 'operating_cost' group by 1"
    assert sorted(books.rows(actions)) == [("operating_cost.recorded", 4), ("operating_cost.superseded", 1)]


def test_every_bad_cost_is_told_with_its_line_and_reason(books: Office) -> None:
    problems = refused(
        books,
        import_costs,
        COSTS,
        f"solana,{VOTE},840,INFRA_COSTS,-1,",
        f"solana,{VOTE},841,INFRA_COSTS,0.0000000001,",
        f"solana,{VOTE},20260101x,INFRA_COSTS,1,",
        f"ethereum,{PUBLIC_KEY},20260230,INFRA_COSTS,1,",
        f"ethereum,{PUBLIC_KEY[:-1]},20260101,INFRA_COSTS,1,",
        f"solana,{VOTE},842,RENT,1,",
        f"solana,{VOTE},843,INFRA_COSTS,1,a",
        f"solana,{VOTE},843,INFRA_COSTS,1,b",
        f"tron,{VOTE},843,INFRA_COSTS,1,",
        f"solana,{VOTE},844,INFRA_COSTS,1e3,",
        f"solana,{VOTE},845,INFRA_COSTS,12345678901234567890.1234567891,",
    )
    expected = [
        (2, "amount_native is negative; costs and income are positive"),
        (3, "amount_native has more than 9 decimals: solana counts in lamport"),
        (4, "period_id must be an epoch's number on solana"),
        (5, "period_id must be a day as YYYYMMDD on ethereum"),
        (6, "validator must be a validator's public key"),
        (7, "line_type must be one of OTHER_INCOME, VOTE_COSTS"),
        (9, "is the second one of this validator, period and line type, after line 8"),
        (10, "chain 'tron'"),
        (11, "amount_native must be a decimal in the native unit"),
        (12, "amount_native has more than 9 decimals: solana counts in lamport"),
    ]
    assert len(problems) == len(expected), problems
    for problem, (line, reason) in zip(problems, expected, strict=True):
        assert problem.startswith(f"{line}: ")
        assert reason in problem


def test_prices_are_recorded_changed_and_refused(books: Office) -> None:
    lines = (f"solana,USD,{NEW_YEAR},123.45", f"ethereum,EUR,{NEW_YEAR},2000")
    assert take(books, import_prices, PRICES, *lines) == (2, 0, 0)
    before = books.everything()
    assert take(books, import_prices, PRICES, *lines) == (0, 0, 2)
    assert books.everything() == before
    assert take(books, import_prices, PRICES, lines[0].replace(".45", ".46")) == (0, 1, 0)
    current = "select currency, price::text from app.prices where superseded_at is null order by 1"
    assert books.rows(current) == [("EUR", "2000"), ("USD", "123.46")]
    problems = refused(
        books,
        import_prices,
        PRICES,
        f"solana,usd,{NEW_YEAR},1",
        f"solana,USD,{NEW_YEAR},0",
        f"solana,USD,{FEBRUARY},-1",
        "solana,USD,2026-03-01T00:00:00,1",
        "solana,USD,2026-04-01T00:00:00Z,1",
        "solana,USD,2026-04-01T01:00:00+01:00,2",
    )
    reasons = ("three capital", "above zero", "above zero", "no time zone", "after line 6")
    assert [int(problem.partition(":")[0]) for problem in problems] == [2, 3, 4, 5, 7]
    assert all(reason in problem for problem, reason in zip(problems, reasons, strict=True))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "1: the header must be partner,chain"),
        (b"partner;chain;address;kind;valid_from;valid_until\n", "1: the header must be"),
        (b"\xff\xfe", "1: is not UTF-8"),
        (WALLETS.encode() + b'\nA,solana,"x', "is no CSV"),
        (WALLETS.encode() + b"\nA\0,,,,,", "2: holds a NUL"),
    ],
)
def test_what_is_no_such_csv_is_refused(books: Office, body: bytes, reason: str) -> None:
    path = books.folder / "in.csv"
    path.write_bytes(body)
    with pytest.raises(InputError) as error:
        import_wallets(books.url, path, books.registry, actor="ada")
    assert reason in str(error.value)


def test_a_csv_that_is_missing_is_named(books: Office, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        import_costs(books.url, tmp_path / "none.csv", books.registry, actor="ada")


def test_a_byte_order_mark_and_windows_line_ends_are_read(books: Office) -> None:
    path = books.folder / "in.csv"
    path.write_bytes(f"\ufeff{PRICES}\r\nsolana,USD,{NEW_YEAR},1\r\n".encode())
    assert import_prices(books.url, path, books.registry, actor="ada") == (1, 0, 0)
