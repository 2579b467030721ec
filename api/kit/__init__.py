"""What the resources share: the database, problems, exact amounts, pages, periods, logs."""
