"""One model of everything that can be set: at the start (deployment), and by an administrator (workspace)."""
