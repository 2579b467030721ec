"""From the landing tables to P&L and statements: dbt's models and their tests."""
