"""What MongoDB means by a failure, where more follows from it than that it failed."""

from pymongo.errors import BulkWriteError, DocumentTooLarge, OperationFailure, PyMongoError

_DUPLICATE_KEY = 11000
_TRANSACTION_TOO_LARGE = 388


def is_duplicate(failure: PyMongoError) -> bool:
    """A unique index has the value already."""
    return _DUPLICATE_KEY in _codes(failure)


def is_too_large(failure: PyMongoError) -> bool:
    """It will never be taken, however often it is tried."""
    return isinstance(failure, DocumentTooLarge) or _TRANSACTION_TOO_LARGE in _codes(failure)


def _codes(failure: PyMongoError) -> set[int | None]:
    if isinstance(failure, BulkWriteError):
        return {failure.code, *(error["code"] for error in failure.details["writeErrors"])}
    return {failure.code} if isinstance(failure, OperationFailure) else set()
