"""Where everything is kept: two adapters of the hub's store port, SQLite for one process and MongoDB for many."""
