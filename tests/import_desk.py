"""A folder of files and a database, and the import command between them."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from deployments.cli.main import run
from tests.grant_scenes import dump


class Desk:
    """A folder of files, a database, and the command that brings the one into the other."""

    def __init__(
        self,
        engine: Engine,
        folder: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        self.engine, self.folder, self.capsys = engine, folder, capsys
        monkeypatch.chdir(folder)
        self.language = "en"
        self._monkeypatch = monkeypatch
        monkeypatch.setenv("GRANTS_DATABASE_URL", engine.url.render_as_string(hide_password=False))

    def write(self, content: str | bytes, name: str = "in.yaml") -> str:
        """Write a file."""
        raw = content.encode() if isinstance(content, str) else content
        (self.folder / name).write_bytes(raw)
        return name

    def grants(self, *arguments: str) -> tuple[int, str, str]:
        """Run a command; return its exit code, output and complaint."""
        code = run(arguments)
        said = self.capsys.readouterr()
        return code, said.out.strip(), said.err.strip()

    def bring(self, *names: str, more: tuple[str, ...] = ()) -> tuple[int, str, str]:
        """Import files as of 2010-01-15; what is said is in the desk's language."""
        with self._monkeypatch.context() as changed:
            changed.setenv("GRANTS_LANGUAGE", self.language)
            return self.grants("import", *names, "--on", "2010-01-15", *more)

    def complaint(self, content: str | bytes, name: str = "in.yaml") -> str:
        """Import a bad file; return what is said, having checked that it is one line and nothing is written.

        Above it may stand what is not read.
        """
        before = dump(self.engine)
        code, out, err = self.bring(self.write(content, name))
        assert (code, out) == (2, "")
        *notes, said = err.splitlines()
        assert all(note.startswith(("note: ", "obs: ")) for note in notes)
        assert dump(self.engine) == before
        return said.removeprefix("grants: The import file is not valid: ")
