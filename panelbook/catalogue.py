"""The five services, by name; each is imported when it is asked for, because a worker needs no other than its own."""

from collections.abc import Iterator, Mapping
from importlib import import_module

from panelbook.local_deployment import SERVICES
from services.hosting import Service


class _Catalogue(Mapping[str, Service]):
    def __getitem__(self, name: str) -> Service:
        if name not in SERVICES:
            raise KeyError(name)
        found: Service = import_module(f"services.{name}.main").SERVICE
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(SERVICES)

    def __len__(self) -> int:
        return len(SERVICES)


CATALOGUE: Mapping[str, Service] = _Catalogue()
