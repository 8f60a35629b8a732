"""The description of the API is true, whole, and one that other programs can read."""

import re
from collections import Counter
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from chatserver.access.permissions import PUBLIC
from chatserver.api.openapi import said
from chatserver.hub.plug import Operation
from tests.integration.house import House
from tests.integration.test_http import say, who
from tools.reference.doors import document, operations

DOCUMENT = document()
OPERATIONS = {one.name: one for one in operations()}


def refs(value: Any) -> list[str]:
    """Every reference inside."""
    if isinstance(value, dict):
        return [v for k, v in value.items() if k == "$ref"] + [r for v in value.values() for r in refs(v)]
    return [r for v in value for r in refs(v)] if isinstance(value, list) else []


def described() -> dict[str, Any]:
    """Operation id -> what is said of it."""
    return {one["operationId"]: one for path in DOCUMENT["paths"].values() for one in path.values()}


def test_it_is_valid_openapi() -> None:
    """By the specification's own schema."""
    assert [str(error) for error in OpenAPIV31SpecValidator(DOCUMENT).iter_errors()] == []


def test_every_reference_leads_somewhere() -> None:
    """And nothing is described that nobody can meet."""
    names = {ref.removeprefix("#/components/schemas/") for ref in refs(DOCUMENT) if "/schemas/" in ref}
    assert names == set(DOCUMENT["components"]["schemas"])
    for ref in refs(DOCUMENT):
        place = DOCUMENT
        for part in ref.removeprefix("#/").split("/"):
            place = place[part]


def test_every_operation_has_a_name_of_its_own() -> None:
    """Programs that are made from the document call their functions so."""
    assert Counter(one.name for one in operations()).most_common(1)[0][1] == 1
    assert set(described()) == set(OPERATIONS)
    assert [name for name in OPERATIONS if not re.fullmatch(r"[a-z]+([A-Z][a-z]+)+", name)] == []


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_every_operation_says_what_it_does_and_what_it_needs(name: str) -> None:
    """A summary in one sentence, the permission, and a type for what goes in and out."""
    one, text = OPERATIONS[name], described()[name]
    assert text["summary"].endswith(".") and len(text["summary"]) <= 120
    assert said(one.run)[0] == text["summary"]
    scopes = {key for scheme in text["security"] for keys in scheme.values() for key in keys}
    assert scopes == (set() if one.requires is PUBLIC else {one.requires.key})
    assert ("requestBody" in text) is (one.body is not None)
    assert ("204" in text["responses"]) is (one.answers is None)


def callable_by_anybody(one: Operation) -> bool:
    fields = [field for field in described()[one.name].get("parameters", ()) if field.get("required")]
    return one.method == "GET" and not fields


@pytest.mark.parametrize("name", sorted(name for name, one in OPERATIONS.items() if callable_by_anybody(one)))
async def test_what_can_be_read_without_more_ado_is_of_the_declared_type(house: House, name: str) -> None:
    """The fixture of this folder compares every answer with its declaration; here it gets one of each."""
    headers = who(await house.login("demo-admin"))["headers"]
    status, _, _ = await say(house, "GET", f"/api/v1{OPERATIONS[name].path}", headers=headers)
    assert status == 200


async def test_the_server_hands_it_out_to_everybody(house: House) -> None:
    """There is nothing secret in it, and tools read it before they have a key."""
    status, body, answer = await say(house, "GET", "/api/v1/openapi.json")
    assert (status, body, answer.content_type) == (200, DOCUMENT, "application/json")
