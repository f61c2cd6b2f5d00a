"""The contract about private rooms finds trespassers and leaves neighbours alone."""

import pytest
from grimp import ImportGraph

from tests.guards.private_rooms import PrivateRooms


def kept(*imports: tuple[str, str]) -> bool:
    graph = ImportGraph()
    for line, (importer, imported) in enumerate(imports, start=1):
        graph.add_module(importer)
        graph.add_module(imported)
        graph.add_import(importer=importer, imported=imported, line_number=line, line_contents=f"import {imported}")
    contract = PrivateRooms(
        name="private rooms",
        session_options={"root_packages": ["app"]},
        contract_options={"rooms": ["forms", "desk"], "open_packages": ["core"]},
    )
    return contract.check(graph, verbose=False).kept


@pytest.mark.parametrize("room", ["app.people.forms", "app.people.desk", "app.people.desk.lists"])
def test_another_features_private_room_is_out_of_bounds(room: str) -> None:
    assert not kept(("app.leads.service", room))


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("app.people.public", "app.people.forms"),
        ("app.leads.forms", "app.core.forms"),
        ("app.leads.service", "app.people.service"),
        ("app", "app.leads.desk"),
    ],
)
def test_ones_own_rooms_and_the_open_ones_may_be_entered(importer: str, imported: str) -> None:
    assert kept((importer, imported))
