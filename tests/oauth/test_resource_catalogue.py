"""What is declared, what is stored, and which of the two counts."""

from dataclasses import replace

from doorward.oauth.protected_resource import Resource
from doorward.oauth.records import StoredResource
from doorward.oauth.resource_catalogue import ResourceCatalogue, ResourceRules, merge
from doorward.oauth.resource_definition import DefinitionLimits, read_definition
from tests.builders import NOW

BUILTIN = "https://mcp.example.com/http"
LIMITS = DefinitionLimits()


def a_resource(identifier: str, **members: object) -> Resource:
    return read_definition({"identifier": identifier, "name": "X", **members}, LIMITS)


def stored(identifier: str, *, is_default: bool = False, **members: object) -> StoredResource:
    definition = {"identifier": identifier, "name": "Stored", **members}
    return StoredResource(
        identifier=identifier, definition=definition, is_default=is_default, created_at=NOW, updated_at=NOW
    )


RULES = ResourceRules(builtin=a_resource(BUILTIN))
A, B = "https://a.example/mcp", "https://b.example/mcp"


def names(rules: ResourceRules, *rows: StoredResource) -> list[tuple[str, str]]:
    return [(resource.identifier, resource.name) for resource in merge(rules, rows)]


def test_the_built_in_resource_is_there_and_the_default_unless_another_is():
    assert [(BUILTIN, "X")] == names(RULES)
    assert [(BUILTIN, "X"), (A, "Stored")] == names(RULES, stored(A))
    assert [(A, "Stored"), (BUILTIN, "X")] == names(RULES, stored(A, is_default=True))


def test_what_is_stored_about_the_built_in_one_replaces_it():
    assert [(BUILTIN, "Stored")] == names(RULES, stored(BUILTIN))


def test_the_settings_win_over_what_is_stored():
    rules = replace(RULES, declared=(a_resource(A), a_resource(BUILTIN, name="Declared")), default=A)

    assert [(A, "X"), (BUILTIN, "Declared")] == names(rules, stored(A), stored(BUILTIN, is_default=True))


def test_what_collides_or_cannot_be_read_is_left_out():
    """By whatever name, and in whatever spelling (R7)."""
    rules = replace(RULES, declared=(a_resource(A, aliases=["https://alias.example"]),))
    rows = (
        stored("https://alias.example"),
        stored(B, aliases=["https://A.example:443/mcp/"]),
        stored("https://c.example/mcp", aliases=[BUILTIN]),
        stored("https://d.example/mcp", token_format="nothing"),
        stored("https://e.example/mcp"),
    )

    assert [BUILTIN, A, "https://e.example/mcp"] == [name for name, _ in names(rules, *rows)]


def test_a_change_is_taken_over_by_reload_alone_and_makes_another_version(database):
    """Each process reads from memory; nothing is read for a request."""
    catalogue = ResourceCatalogue(database, RULES)
    catalogue.reload(NOW)
    before, version = catalogue.current, catalogue.version
    database.write(lambda stores: stores.resources.put(stored(A)))
    catalogue_before_reload = catalogue.current
    catalogue.reload(NOW)
    after = catalogue.current
    catalogue.reload(NOW)

    assert before is catalogue_before_reload
    assert [BUILTIN, A] == [resource.identifier for resource in after] == [r.identifier for r in catalogue]
    assert after is catalogue.current
    assert version != catalogue.version
    assert ["built-in", "database"] == [catalogue.source_of(resource) for resource in after]
