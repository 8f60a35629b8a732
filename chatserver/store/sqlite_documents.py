"""The statements about small documents, for whoever writes them in a transaction of its own."""

GET_DOCUMENT = "SELECT CAST(body AS BLOB) FROM document WHERE workspace = ? AND kind = ? AND id = ?"
PUT_DOCUMENT = (
    "INSERT INTO document (workspace, kind, id, expires_at, body) VALUES (?, ?, ?, ?, CAST(? AS TEXT))"
    " ON CONFLICT (workspace, kind, id) DO UPDATE SET expires_at = excluded.expires_at, body = excluded.body"
)
DELETE_DOCUMENT = "DELETE FROM document WHERE workspace = ? AND kind = ? AND id = ?"
