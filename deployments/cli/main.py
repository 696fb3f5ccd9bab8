"""The command line: `grants`, one binary, every command loaded only when it is called."""

import os
import sys
from collections.abc import Sequence
from importlib import import_module

import click

from deployments.cli.usage_faults import Cli
from models.errors import BadInput, DatabaseUnready, GrantError, ProgrammeInvalid
from models.message import Common, Remark

# The commands by the module that holds them, each with its line in `grants --help`: asking the
# commands themselves would load them all, and `grants status` does not pay for Prefect.
_COMMANDS_BY_MODULE = {
    "run": {
        "up": "Start everything: Prefect, schedules, portal, delivery.",
        "portal": "Serve the portal alone.",
        "init": "Create or upgrade the database.",
        "move": "Move everything to another database.",
        "round": "Run the daily round here and now.",
        "deliver": "Hand every letter that is due to the mail server.",
        "login": "Print an address that signs in to the portal once.",
    },
    "prefect_commands": {
        "deploy": "Make Prefect's deployments and schedules.",
        "exec": "Run a command with this installation's settings.",
    },
    "imports": {
        "import": "Import people, grants, meetings and budgets.",
        "forget": "Take somebody who has left out of the register.",
    },
    "check": {"check": "Check a programme, and show its calendar."},
    "ledger": {"ledger": "Check a ledger's export, and keep what it says."},
    "programmes": {
        "new-programme": "Begin a programme of the office's own.",
        "programmes": "List the programmes that grants can name.",
        "schema": "Print the JSON Schema of a programme file.",
    },
    "status": {"status": "Show where each grant is."},
    "explain": {
        "plan": "Show a grant's steps and their dates.",
        "explain": "Say why a step is due when it is.",
        "journal": "Show what happened, or prove the journal whole.",
    },
    "steps": {
        "answer": "Answer a step.",
        "approve": "Approve a report.",
        "return": "Send a report back.",
        "withdraw": "Take an approval back.",
        "release": "Ask for an instalment's release, or decline it.",
        "claim": "Record that a claim was sent.",
        "paid": "Record that the funder paid.",
    },
    "decide": {
        "decide": "Record a funder's decision, or correct one.",
        "date": "Record a letter of the funder's that says days.",
    },
    "people": {
        "absence": "Say when somebody is away.",
        "hand-over": "Pass on what somebody holds.",
        "departure": "Say that somebody leaves.",
    },
    "dates": {
        "extend": "Move a step's due date.",
        "confirm": "Confirm which day holds, of several readings.",
        "confirm-import": "Confirm imported grants: what was held leaves.",
        "upgrade": "Bring running grants under the changed programme.",
        "meeting": "List, add, move or cancel a body's meetings.",
    },
    "export": {
        "memo": "Write a grant's document, ready to sign.",
        "export": "Write what others keep: papers, plan, workbook.",
    },
    "replay": {"replay": "Play a scenario from its first day to the close."},
    "doctor": {"doctor": "Check all that Grantline needs."},
    "backup": {"backup": "Write a backup into a folder."},
    "restore": {"confirm-restore": "Let letters leave again after a restore."},
}
COMMANDS = {
    name: f"deployments.cli.{module}" for module, listed in _COMMANDS_BY_MODULE.items() for name in listed
}


class LazyGroup(click.Group):
    """A group that imports a command's module when the command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands, similar ones together."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command, or None if there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(
            import_module(COMMANDS[cmd_name]), f"{cmd_name.replace('-', '_')}_command"
        )
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands, and load none of them."""
        with formatter.section("Commands"):
            formatter.write_dl([row for listed in _COMMANDS_BY_MODULE.values() for row in listed.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="grantline", message="%(prog)s %(version)s")
def grants() -> None:
    """Drive grants through their life, so that none is lost to a missed date."""
    from tasks.settings import other_variables

    # Prefect's settings, and the certificate of a private authority, are in the one file of settings too.
    os.environ.update({name: value for name, value in other_variables().items() if name not in os.environ})


def run(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return its exit code: 0 fine, 1 something needs attention, 2 bad usage or input."""
    try:
        exit_code = grants.main(arguments, prog_name="grants", standalone_mode=False)
        return exit_code if isinstance(exit_code, int) else 0
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        return 2
    except click.UsageError as error:
        sentence = error.format_message().rstrip(".")
        if error.ctx is None:
            return _complain(sentence, 2)
        parted = sentence if sentence.endswith("?") else f"{sentence};"
        return _complain(_worded(Cli.SEE_HELP(why=parted, command=error.ctx.command_path)), 2)
    except click.ClickException as error:
        return _complain(error.format_message(), 2)
    except click.Abort:
        return _complain(_worded(Cli.STOPPED()), 130)
    except GrantError as error:
        if isinstance(error, ProgrammeInvalid):  # each fault has a line under its sentence
            click.echo(f"grants: {error}", err=True)
            return 2
        return _complain(_worded(error), 2 if isinstance(error, BadInput | DatabaseUnready) else 1)
    except UnicodeEncodeError:  # bytes that the system could not read as text
        return _complain(_worded(Cli.NOT_TEXT()), 2)
    except SystemExit:
        # Click's own: the reader of our output is gone, as in `grants status | head`.
        return 0
    except OSError as error:
        # A folder that cannot be created, a full disk, a name that is too long.
        place = str(error.filename)[:200] if error.filename else Cli.THE_SYSTEM()
        return _complain(_worded(Common.AT(place=place, why=error.strerror or str(error))), 2)


def _worded(fault: GrantError | Remark) -> str:
    """Return what went wrong, in the office's language, even if another setting is the fault."""
    from tasks.settings import language_set
    from tasks.words.reasons import word_error, word_reason
    from tasks.words.translator import translator

    say = translator(language_set())
    return word_error(say, fault) if isinstance(fault, GrantError) else word_reason(say, fault)


def _complain(message: str, code: int) -> int:
    click.echo(f"grants: {' '.join(message.split())}", err=True)
    return code


def main() -> None:
    """Run the command line and leave with its exit code."""
    # Files made here contain people's names and keys: only their owner may read them.
    os.umask(0o077)
    sys.exit(run())


if __name__ == "__main__":
    main()
