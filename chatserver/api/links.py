"""Addresses of our own pages, for channels whose visitors are elsewhere."""

from chatserver.channels.web.identity import VisitorIdentity, VisitorTokens


class Links:
    """`url` is where browsers reach the server."""

    def __init__(self, url: str, tokens: VisitorTokens) -> None:
        self._url = url
        self._tokens = tokens

    def form(self, inbox: str, contact: str) -> str:
        """The H5 page as this contact, who comes by another channel, to fill a form there."""
        token = self._tokens.issue(inbox, VisitorIdentity(contact=contact))
        return f"{self._url}/h5/?inbox={inbox}#t={token}"

    def file(self, path: str) -> str:
        """A kept file, whose path is signed."""
        return f"{self._url}{path}"
