"""The import contract that keeps a feature's doors, forms and emails to itself; setup.cfg names it."""

from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class PrivateRooms(Contract):
    """No package imports another's private rooms. The application itself may: it registers the doors.

    A room is the module or folder directly inside a feature, whatever lies deeper: `app.leads.desk.lists` is
    the room `desk` of the feature `leads`.
    """

    # Declared as fields, read as the sets that the library puts in their place.
    rooms: Any = fields.SetField(subfield=fields.StringField())
    open_packages: Any = fields.SetField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        trespassers = sorted(
            (importer, room)
            for room in graph.modules
            if self._is_private(room)
            for importer in graph.find_modules_that_directly_import(room)
            if _feature(importer) not in ("", _feature(room))
        )
        return ContractCheck(
            kept=not trespassers,
            metadata={
                "trespassers": [
                    (importer, room, _lines(graph, importer=importer, imported=room)) for importer, room in trespassers
                ]
            },
        )

    def render_broken_contract(self, check: ContractCheck) -> None:
        for importer, room, lines in check.metadata["trespassers"]:
            output.print_error(f"{importer} imports {room} (line {lines}): it belongs to another feature.")

    def _is_private(self, module: str) -> bool:
        parts = module.split(".")
        return len(parts) > 2 and parts[1] not in self.open_packages and parts[2] in self.rooms


def _feature(module: str) -> str:
    """`leads` for `app.leads.desk`, nothing for `app` itself."""
    return module.split(".")[1] if "." in module else ""


def _lines(graph: ImportGraph, *, importer: str, imported: str) -> str:
    details = graph.get_import_details(importer=importer, imported=imported)
    return ", ".join(str(detail["line_number"]) for detail in details)
