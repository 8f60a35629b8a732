"""Collections and indexes of the MongoDB store, as the server's own `createIndexes` command wants them."""

from chatserver.store.mongo_rows import Row

SCHEMA_VERSION = 1

# Named in hints: the planner would sometimes prefer an index that makes it look at closed streams or sort in memory.
STATE_OPEN, LOG_STREAM = "state_open", "log_stream"


def _index(name: str, *fields: str, **options: object) -> Row:
    return {"name": name, "key": dict.fromkeys(fields, 1), **options}


def _present(field: str) -> Row:
    return {field: {"$exists": True}}


INDEXES = {
    "state": [
        _index("state_stream", "workspace", "stream", unique=True),
        _index("state_claim", "workspace", "claim", unique=True, partialFilterExpression=_present("claim")),
        _index(STATE_OPEN, "workspace", "open", "stream", partialFilterExpression={"open": True}),
        _index("state_wake", "workspace", "wake_at", "stream", partialFilterExpression=_present("wake_at")),
    ],
    "log": [
        _index("log_seq", "workspace", "seq", unique=True),
        _index("log_version", "workspace", "stream", "version", unique=True),
        _index(LOG_STREAM, "workspace", "stream", "seq"),
        _index("log_input", "workspace", "input_id", unique=True, partialFilterExpression=_present("input_id")),
    ],
    "document": [
        _index("document_id", "workspace", "kind", "id", unique=True),
        _index("document_expiry", "workspace", "expires_at", partialFilterExpression=_present("expires_at")),
    ],
}
