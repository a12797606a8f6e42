"""The parties, the metrics and costs that each is answerable for, and who of them closes, approves and confirms."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from ledger.terms.context import MEMORY
from ledger.terms.problems import Found, Problem
from ledger.values.text import listed

#: First parts of figure names, which therefore cannot name a party.
RESERVED_PARTIES = frozenset({"pool", "results", "quantities", "inputs", "counted", "venture", "all", MEMORY})


class Party(msgspec.Struct, frozen=True):
    """A legal person in the agreement: its name, the metrics it may report, the costs it may pay."""

    name: str
    reports: tuple[str, ...] = ()
    pays: tuple[str, ...] = ()


# --- how they are written -----------------------------------------------------------------------------------


# --- what is contradictory ----------------------------------------------------------------------------------


def problems(parties: Iterable[str]) -> Iterator[Found]:
    """Too few parties, and names that no party can have."""
    known = list(parties)
    if len(known) < 2:
        yield ("parties",), Problem("an agreement has two or more parties", "add a line for each of them")
    for party in known:
        if party in RESERVED_PARTIES:
            yield ("parties", party), Problem(f"{party!r} cannot name a party", "choose another short name")


def role_problems(roles: Mapping[str, Iterable[str]]) -> Iterator[Found]:
    """Roles of what is neither a party nor a person of one."""
    for role, actors in roles.items():
        for actor in actors:
            party, slash, person = actor.partition("/")
            if not party or (slash and not person.strip()):
                said = f"{actor!r} is neither a party nor a person"
                yield ("roles", role), Problem(said, "write a party, acme, or a person, jot/ana")


def parties_of_roles(roles: Mapping[str, Iterable[str]]) -> Iterator[tuple[tuple[str, ...], str]]:
    """The parties that have a role, by themselves or by a person, with their paths."""
    for role, actors in roles.items():
        parties = (actor.partition("/")[0] for actor in actors)
        yield from ((("roles", role), party) for party in parties if party)


# --- how they read ------------------------------------------------------------------------------------------


def reading(parties: Mapping[str, Party]) -> list[tuple[str, str]]:
    """The parties as sentences, with the facts for which each is answerable: (clause, sentence)."""
    return [("parties", _sentence(party, who)) for party, who in parties.items()]


def _sentence(party: str, who: Party) -> str:
    does = [f"{verb} {listed(names)}" for verb, names in (("reports", who.reports), ("pays", who.pays)) if names]
    said = f"{party} is {who.name}; it {', and '.join(does)}" if does else f"{party} is {who.name.removesuffix('.')}"
    return f"{said}."


def roles_reading(roles: Mapping[str, Iterable[str]]) -> list[tuple[str, str]]:
    """The roles as sentences: (clause, sentence)."""
    return [(f"roles.{role}", f"To {role}: {', '.join(who)}.") for role, who in roles.items()]
