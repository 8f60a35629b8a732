"""Why a store cannot be opened, in sentences for the person who starts the server."""


class StoreInUse(RuntimeError):
    """Another process holds the file."""


class SchemaTooNew(RuntimeError):
    """The data were written by a newer version of the server."""


class StoreAway(RuntimeError):
    """The MongoDB server does not answer, or does not let us in."""


class NoReplicaSet(RuntimeError):
    """The MongoDB server has no transactions, because it is not a member of a replica set."""
