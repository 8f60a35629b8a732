"""The doors: HTTP and Socket.IO. Parse, allow, send, answer; nothing is decided here."""
