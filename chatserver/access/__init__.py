"""Who may do what: one table, default roles, one pure check."""
