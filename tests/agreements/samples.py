"""Addresses, and a file that has every key."""

from __future__ import annotations

VOTE = "CcaHc2L43ZWjwCHART3oZoJvHLAe9hzT2DJNUpBzoTN1"
OTHER_VOTE = "DdCNGDpP7qMgoAy6paFzhhak2EeyCZcgjH7ak5u5v28m"
WITHDRAWER = "7xKXtg2CW87d97TXJSDpbD5jBkheTqA83TZRuJosgAsU"
STAKE = "9WzDXwBbmkg8ZTbNMqUxvQRAyrZzDsGYdLVL9zYtAWWM"
OTHER_STAKE = "he1iusunGwqrNtafDtLdhsUQDFvo13z9sUa36PauBtk"
WITHDRAWAL = "0x2cFc3fE6C747BFd91FF3F840C3a34F44339a0Dff"
PUBLIC_KEY = "0x" + "8A" * 48

SAMPLE = f"""
partners:
  - name: Acme Introductions
    email: ops@acme.example
    minimum_payout: {{solana: "1.5", ethereum: "0.1"}}
    wallets:
      - {{chain: solana, address: {WITHDRAWER}, kind: withdrawer, valid_from: 2026-01-01T00:00:00Z}}
      - {{chain: solana, address: {STAKE}, kind: stake_account, valid_from: 2026-01-01T02:00:00+02:00,
          valid_until: 2026-06-01T00:00:00Z}}
      - {{chain: ethereum, address: "{WITHDRAWAL}", kind: withdrawal_address, valid_from: 2026-01-01T00:00:00.000001Z}}
    agreements:
      - name: Acme 2026
        statuses:
          - {{status: ACTIVE, from: 2026-01-01T00:00:00Z}}
          - {{status: SUSPENDED, from: 2026-09-01T00:00:00Z}}
        versions:
          - effective_from: 2026-01-01T00:00:00Z
            effective_until: 2027-01-01T00:00:00Z
            stacking: EXCLUSIVE
            allocation_mode: INDEPENDENT
            basis: NET
            net_costs: [VOTE_COSTS, INFRA_COSTS]
            negative_policy: CARRY_FORWARD
            clawback_months: 12
            rules:
              - {{chain: solana, revenue_component: COMMISSION, attribution_method: CLIENT_REVENUE,
                  commission_rate_bps: 1000}}
              - {{chain: solana, validator: {VOTE}, revenue_component: MEV_TIPS, attribution_method: STAKE_WEIGHT,
                  rule_order: 7, rule_key: tips, floor_amount_native: "0.1", cap_amount_native: "5",
                  tiers: {{mode: MARGINAL, basis: PERIOD, steps: [
                    {{from_native: "0", commission_rate_bps: 500}}, {{from_native: "10", commission_rate_bps: 700}}]}}}}
      - name: Acme rewards
        versions:
          - effective_from: 2026-01-01T00:00:00Z
            stacking: ADDITIVE
            rules:
              - {{chain: solana, revenue_component: COMMISSION, attribution_method: CLIENT_REVENUE,
                  base_source: CLIENT_REWARDS, commission_rate_bps: 10}}
              - {{chain: ethereum, validator: "{PUBLIC_KEY}", revenue_component: ALL, attribution_method: FIXED_SHARE,
                  commission_rate_bps: 0}}
          - effective_from: 2026-03-01T00:00:00Z
            rules: []
  - name: Bolt
    agreements:
      - name: Pool
        versions:
          - effective_from: 2026-01-01T00:00:00Z
            allocation_mode: POOL_SPLIT
            pool: house
            rules:
              - {{revenue_component: ALL, attribution_method: FIXED_SHARE, commission_rate_bps: 10000}}
"""


def one_rule(rule: str = "", *, version: str = "", chain: str = "solana") -> str:
    """A file with one rule, beside what ``rule`` and ``version`` add."""
    named = f"chain: {chain}, " if chain else ""
    return f"""
partners:
  - name: Acme
    agreements:
      - name: A
        versions:
          - effective_from: 2026-01-01T00:00:00Z
            {version or "stacking: EXCLUSIVE"}
            rules:
              - {{{named}{rule}}}
"""


def versions(*terms: str) -> str:
    """A file with one agreement, whose versions are each ``FROM [UNTIL] RATE``."""
    lines = ["partners:", "  - name: Acme", "    agreements:", "      - name: A", "        versions:"]
    for term in terms:
        start, *until, rate = term.split()
        lines.append(f"          - effective_from: {start}T00:00:00Z")
        lines += [f"            effective_until: {end}T00:00:00Z" for end in until]
        lines.append("            rules:")
        rule = f"revenue_component: COMMISSION, attribution_method: FIXED_SHARE, commission_rate_bps: {rate}"
        lines.append(f"              - {{chain: solana, {rule}}}")
    return "\n".join(lines) + "\n"


def partner(name: str, *wallets: str) -> str:
    """A partner with wallets, each ``ADDRESS KIND FROM [UNTIL]``; an item of a file's list."""
    lines = [f"  - name: {name}", "    wallets:" if wallets else "    wallets: []"]
    for wallet in wallets:
        address, kind, start, *until = wallet.split()
        chain = "ethereum" if address.startswith("0x") else "solana"
        end = f", valid_until: {until[0]}T00:00:00Z" if until else ""
        times = f"valid_from: {start}T00:00:00Z{end}"
        lines.append(f'      - {{chain: {chain}, address: "{address}", kind: {kind}, {times}}}')
    return "\n".join(lines) + "\n"


def file_of(*partners: str) -> str:
    """A file with these partners."""
    return "partners:\n" + "".join(partners)
