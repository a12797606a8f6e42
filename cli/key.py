"""`pactbook key`: keys that sign checkpoints and acceptances. A private key stays in its file."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.moments import seen_at_option
from cli.options import dry_run_option, global_options
from cli.output import Column, Table, View, say, show
from cli.recorded import ledger_for, show_recorded
from cli.session import session
from ledger.values.errors import Finding, Refused, Rejected

if TYPE_CHECKING:
    from ledger.store.keys import SigningKey


@click.group()
@global_options
def key() -> None:
    """Make and show keys that sign.

    A private key is kept in a file that only you can read, encrypted if you give a passphrase. It never enters a
    store and is never printed; what others need is its public key.
    """


_FILE = click.argument("file", metavar="[FILE]", type=click.Path(path_type=Path), required=False)


@key.command()
@_FILE
@click.option("--name", metavar="NAME", help="Whose key it is [default: who you are, --as].")
@click.option("--passphrase", "encrypted", is_flag=True, help="Encrypt it; the passphrase is asked for.")
@click.option(
    "--passphrase-file", type=click.Path(path_type=Path), metavar="FILE", help="Encrypt it with what this file holds."
)
@global_options  # fmt: skip
def new(file: Path | None, name: str | None, encrypted: bool, passphrase_file: Path | None) -> None:
    """Make a key, and print its public part.

    \b
    Example:
      pactbook key new --as jot/leo
      pactbook key new operator.pem --name acme/operator --passphrase
    """
    import secrets

    from ledger.store.keys import signing_key

    whose = name or session().setting("as")
    if whose is None:
        raise click.UsageError("say whose key it is: --as party/person, or --name")
    made = signing_key(whose, secrets.token_bytes(32))
    phrase = _new_passphrase(passphrase_file) if encrypted or passphrase_file else None
    target = file or default_file(whose)
    _write(target, made.to_file(phrase))
    _show(made, target)


@key.command("show")
@_FILE
@click.option(
    "--passphrase-file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Where its passphrase stands [default: it is asked for].",
)
@global_options  # fmt: skip
def show_key(file: Path | None, passphrase_file: Path | None) -> None:
    """Show the public part of a key.

    \b
    Example:
      pactbook key show --as jot/leo
      pactbook key show operator.pem
    """
    target = file or default_file(session().setting("as"))
    _show(read(target, passphrase_file), target)


@key.command()
@click.argument("agreement")
@_FILE
@click.option("--public", metavar="KEY", help="The public key itself, in place of a key file.")
@dry_run_option
@global_options
def register(agreement: str, file: Path | None, public: str | None, dry_run: bool) -> None:
    """Let your party sign with a key in AGREEMENT from now on. Only its public part goes on record.

    \b
    Example:
      pactbook key register acme-jot --as jot/leo
      pactbook key register acme-jot --public "jot/leo+5f1c...+AbC..." --as jot/leo
    """
    from ledger.store.notes import parse_key

    ledger = ledger_for(dry_run)
    shown = parse_key(public) if public else read(file or default_file(session().setting("as"))).public()
    events = ledger.signing.register(agreement, shown)
    show_recorded(events, [f"registered the key {shown.id.hex()} of {shown.name} in {agreement}"])


@key.command()
@click.argument("agreement")
@click.argument("key_id", metavar="KEYID")
@click.option("--reason", metavar="TEXT", required=True, help="Why, in a sentence.")
@dry_run_option
@global_options
def revoke(agreement: str, key_id: str, reason: str, dry_run: bool) -> None:
    """Let a key of your party count no more in AGREEMENT. What was signed with it before still does.

    \b
    Example:
      pactbook key revoke acme-jot 5f1c02aa --reason "the laptop was stolen" --as jot/ana
    """
    events = ledger_for(dry_run).signing.revoke(agreement, key_id, reason)
    show_recorded(events, [f"revoked the key {key_id} in {agreement}"])


@key.command("list")
@click.argument("agreement")
@seen_at_option
@global_options
def list_keys(agreement: str) -> None:
    """List the keys that the parties of AGREEMENT have registered.

    \b
    Example:
      pactbook key list acme-jot
    """
    records = [
        {"party": party, "id": each.id, "status": "revoked" if each.revoked else "registered", "key": each.key}
        for party, keys in session().ledger.signing.keys(agreement).items()
        for each in keys.keys
    ]
    rows = [[each["party"], each["id"], each["status"], each["key"]] for each in records]
    columns = [Column(heading) for heading in ("Party", "id", "status", "public key")]
    tables: list[Table | str] = [Table(columns, rows)] if rows else ["no keys yet; register one: pactbook key register"]
    show(View(records, records, tables, ("party", "id", "status", "key")))


def _show(made: SigningKey, file: Path) -> None:
    from ledger.store.notes import Kind

    record = {
        "name": made.name,
        "file": str(file),
        "public": str(made.public()),
        "cosigner": str(made.public(Kind.COSIGNATURE)),
    }
    lines = [
        f"key of {made.name}, in {file}",
        f"public key:            {record['public']}",
        f"as a cosigner's key:   {record['cosigner']}",
    ]
    show(View(record, [record], ["\n".join(lines)]))


def signer(sign: bool, file: Path | None) -> SigningKey | None:
    """The key to sign with, where something is to be signed."""
    return read(file or default_file(session().setting("as"))) if sign or file is not None else None


# --- files ----------------------------------------------------------------------------------------------


_FILE_LIMIT = 64 * 1024  #: what is larger is no key and no passphrase, and is not read


def default_file(name: str | None) -> Path:
    """Where the key of a person is looked for: ~/.config/pactbook/keys/jot-leo.pem."""
    if name is None:
        raise click.UsageError("name the key file, or say who you are with --as")
    home = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return home / "pactbook" / "keys" / f"{name.replace('/', '-')}.pem"


def read(path: Path, passphrase_file: Path | None = None) -> SigningKey:
    """The key in a file; its passphrase is read from a file, from PACTBOOK_PASSPHRASE, or asked for."""
    from ledger.store.keys import is_encrypted, read_key

    try:
        with path.open("rb") as file:
            content = file.read(_FILE_LIMIT)
    except OSError as error:
        hint = "make a key with `pactbook key new`, or name its file"
        raise Rejected([Finding(f"the key cannot be read: {error.strerror}", hint, str(path))]) from None
    phrase = _passphrase(passphrase_file) if is_encrypted(content) else None
    try:
        return read_key(content, phrase)
    except Rejected as error:
        raise Rejected([Finding(error.message, error.hint, str(path))]) from None


def _passphrase(file: Path | None) -> str | None:
    if file is not None:
        return _from_file(file)
    if os.environ.get("PACTBOOK_PASSPHRASE"):
        return os.environ["PACTBOOK_PASSPHRASE"]
    return str(click.prompt("passphrase", hide_input=True, err=True)) if sys.stdin.isatty() else None


def _new_passphrase(file: Path | None) -> str:
    if file is not None:
        return _from_file(file)
    if os.environ.get("PACTBOOK_PASSPHRASE"):
        return os.environ["PACTBOOK_PASSPHRASE"]
    if not sys.stdin.isatty():
        raise click.UsageError("nobody can be asked here: use --passphrase-file or PACTBOOK_PASSPHRASE")
    return str(click.prompt("passphrase", hide_input=True, confirmation_prompt=True, err=True))


def _from_file(path: Path) -> str:
    try:
        with path.open("rb") as file:
            phrase = file.read(_FILE_LIMIT).decode("utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise Rejected([Finding(f"the passphrase cannot be read: {error}", file=str(path))]) from None
    if not phrase:
        raise Rejected([Finding("the passphrase is empty", file=str(path))])
    return phrase


def _write(path: Path, content: bytes) -> None:
    """A file that only its owner can read; one that is there is never written over."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
    except FileExistsError:
        raise Refused(f"{path} is there already: a key is never written over", "name another file") from None
    except OSError as error:
        raise Refused(f"{path} cannot be written: {error.strerror}", "check the folder and its permissions") from None
    if path.stat().st_mode & 0o077:
        say(f"note: others can read {path}: this file system keeps no permissions")
