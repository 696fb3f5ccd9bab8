"""Read the settings: GRANTS_* variables, and the one file that every process gets."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import date, datetime, timedelta
from email.utils import parseaddr
from pathlib import Path
from typing import Any, Literal, get_args
from urllib.parse import SplitResult, quote, urlsplit
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from models.errors import SettingInvalid, Unreadable
from models.languages import LANGUAGES, Language
from models.message import Remark
from models.reading.number import shown
from models.reading.value_faults import Reading, Setting, did_you_mean
from models.rules.lifetimes import SESSION_LIVES

_ADDRESS = re.compile(r"[!-?A-~]+@[A-Za-z0-9.-]+")
# The variable that names the file of settings, to this process and to its children.
FILE_VARIABLE = "GRANTS_SETTINGS"
_PREFIX = "GRANTS_"
# The prefix of sources' secrets: GRANTS_SECRET_LEDGER is the secret `ledger`.
SOURCE_PREFIX = "GRANTS_SECRET_"
# The settings that name a file or a folder.
_FOLDERS = ("documents", "bounces_maildir", "directory", "logo")
_PLACES = ("home", *_FOLDERS, "database_url")
_RELATIVE_SQLITE = re.compile(r"(?P<scheme>sqlite(?:\+\w+)?:///)(?P<file>[^/:].*)")
# The rights that a group of the provider can give.
_RIGHTS = ("admin", "reader", "controller")
# Accounts by their first digits, and from one to another: "5, 70-76".
_ACCOUNTS = r"^\d{1,6}(-\d{1,6})?(, ?\d{1,6}(-\d{1,6})?)*$"
_NUMBER = "{dnr}"  # in the registry's address
_SESSION_HOURS = SESSION_LIVES // timedelta(hours=1)
DEFAULT_COUNTRY = "SE"  # the country whose holidays close the office by default
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Settings(BaseSettings):
    """Where Grantline keeps its data and how it reaches people."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX, env_ignore_empty=True, extra="ignore", frozen=True)

    home: Path = Field(
        default=Path(".grantline"), description="folder of the database, secrets and Prefect's files"
    )
    database_url: str = Field(
        default="", description="SQLite under GRANTS_HOME when unset; postgresql://... at scale"
    )
    documents: str = Field(
        default="", description="folder of files and documents, one for all machines; unset: in GRANTS_HOME"
    )
    smtp_host: str = Field(
        default="", description="mail server; unset: letters are captured in the portal's mailbox"
    )
    smtp_port: int = Field(default=587, ge=1, le=65535, description="mail server's port")
    smtp_username: str = Field(default="", description="login at the mail server, if it asks for one")
    smtp_password: SecretStr = Field(default=SecretStr(""), description="password for it")
    smtp_tls: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="starttls, tls, or none (loopback only)"
    )
    smtp_connections: int = Field(
        default=10,
        ge=1,
        le=64,
        description="connections of a delivery to it at once, at most; no one mail domain gets the last two",
    )
    channel: str = Field(
        default="", description="how letters leave; unset: email where a mail server is set, else captured"
    )
    mail_from: str = Field(
        default="grantline@example.org",
        description="sender of the letters; without a name of its own, that of the organisation is shown",
    )
    portal_url: str = Field(
        default="http://127.0.0.1:8480", description="address of the portal in the letters"
    )
    portal_host: str = Field(
        default="127.0.0.1",
        description="where the portal listens; elsewhere than on loopback it needs an https:// address",
    )
    sign_in_hours: int = Field(
        default=_SESSION_HOURS,
        ge=1,
        le=_SESSION_HOURS,
        description="hours for which a sign-in is good for approvals and money",
    )
    new_grants_wait: bool = Field(
        default=False,
        description="whether what somebody enters tells nobody before another has confirmed it: a grant or a programme",
    )
    oidc_issuer: str = Field(
        default="",
        description="address of the office's own sign-in (OpenID Connect), exactly as it calls itself; unset: mailed"
        " links only",
    )
    oidc_client_id: str = Field(default="", description="by what it knows Grantline")
    oidc_client_secret: SecretStr = Field(default=SecretStr(""), description="secret for it")
    oidc_scopes: str = Field(
        default="openid email profile", description="scopes that it is asked for, with spaces between"
    )
    oidc_claim: str = Field(
        default="email", description="claim that holds the address by which people are in the register"
    )
    oidc_own_addresses: bool = Field(
        default=False,
        description="true: nobody but the office gives an account there its address; else email_verified must say"
        " that it was checked",
    )
    oidc_groups: str = Field(
        default="",
        description="groups that give rights, as grants-admins=admin,auditors=reader,finance=controller; unset: the"
        " register says who has them",
    )
    oidc_groups_claim: str = Field(default="groups", description="claim that lists somebody's groups")
    organisation: str = Field(
        default="",
        description="whose the portal is, in the head of each page; behind a comma a second line, as Social"
        " services, Anytown",
    )
    payroll_accounts: str = Field(
        default="5",
        pattern=_ACCOUNTS,
        description="accounts of pay, of which a voucher list has a sum a month: 5 in a municipality's chart, 70-76"
        " in a company's",
    )
    received_accounts: str = Field(
        default="3",
        pattern=_ACCOUNTS,
        description="accounts of received grants, by which a payment is recognised: 3, or 1710-1719 where a claim is"
        " booked first",
    )
    logo: str = Field(default="", description="SVG or PNG file shown before that name, 16 kB at most")
    registry_url: str = Field(
        default="",
        description="address of a grant in the registry, with {dnr} for its number, as"
        " https://registry.example.org/{dnr}",
    )
    portal_workers: int = Field(
        default=1, ge=1, le=64, description="processes that serve the portal, each with its own processor"
    )
    dask_scheduler: str = Field(
        default="",
        description="address of a Dask cluster that does the batches of a round; unset: threads do",
    )
    secret_keys: SecretStr = Field(
        default=SecretStr(""),
        description="comma-separated keys that sign links, newest first; unset: made in GRANTS_HOME on SQLite",
    )
    timezone: str = Field(default="Europe/Stockholm", description="zone in which days begin and end")
    country: str = Field(
        default=DEFAULT_COUNTRY,
        description="country (or part of one, as DE-BY) on whose holidays the office is closed and no round runs",
    )
    language: Language = Field(default="sv", description="language where a person has none")
    log_format: Literal["text", "json"] = Field(
        default="text", description="how commands and the portal log: text, or a JSON object a line"
    )
    bounces_address: str = Field(
        default="", description="where letters come back to, as returned@example.org; unset: to their sender"
    )
    bounces_maildir: str = Field(
        default="", description="Maildir of that address, where mails that came back are read"
    )
    bounces_imap: str = Field(
        default="",
        description="or its mailbox, as imaps://user@imap.example.org/INBOX (imap:// on loopback only)",
    )
    bounces_password: SecretStr = Field(default=SecretStr(""), description="password for that mailbox")
    directory: str = Field(
        default="", description="CSV file of people that the office's directory writes, read every hour"
    )
    source_hosts: str = Field(
        default="",
        description="hosts that http sources may ask, with commas between; of an inner network also its addresses,"
        " as 10.1.2.0/24",
    )
    admin_email: str = Field(default="", description="who hears of failed runs, by a path outside the outbox")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return where settings come from, the first wins: the code, the environment, the file.

        Raises SettingInvalid for a name that is no setting: a misspelt mail server would keep every
        letter.
        """
        known = [f"{_PREFIX}{name.upper()}" for name in cls.model_fields]
        # A file cannot name another one.
        for source, names in ((env_settings, [*known, FILE_VARIABLE]), (dotenv_settings, known)):
            for name in map(str.upper, getattr(source, "env_vars", ())):
                if name.startswith(_PREFIX) and name not in names and not name.startswith(SOURCE_PREFIX):
                    raise SettingInvalid(Setting.NO_SUCH(name=name, near=did_you_mean(name, names)))
        return init_settings, env_settings, dotenv_settings

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError) as error:
            raise Unreadable(Setting.NOT_A_ZONE(value=value)) from error
        return value

    @field_validator("country")
    @classmethod
    def _country_with_holidays(cls, value: str) -> str:
        # The world's holidays take a moment to load, which most commands can do without.
        if value == cls.model_fields["country"].default:
            return value
        from models.programme.countries import require_holidays

        country, dash, subdivision = value.partition("-")
        require_holidays(country, subdivision if dash else None)
        return value

    @field_validator("mail_from", "admin_email", "bounces_address")
    @classmethod
    def _mail_address(cls, value: str, field: ValidationInfo) -> str:
        if not value and field.field_name != "mail_from":
            return value
        # An invalid address would otherwise only show when a letter is printed, and spoil every letter.
        _, address = parseaddr(value)
        if not value.isprintable() or not _ADDRESS.fullmatch(address):
            raise Unreadable(Reading.NOT_AN_ADDRESS(value=shown(value, 80)))
        return value

    @field_validator("bounces_imap")
    @classmethod
    def _mailbox_address(cls, value: str) -> str:
        place = _split(value)
        if value and not (place.scheme in ("imap", "imaps") and place.hostname and place.username):
            raise Unreadable(Setting.NOT_A_MAILBOX())
        if place.password:
            raise Unreadable(Setting.SAID_ELSEWHERE())
        if place.scheme == "imap" and place.hostname not in LOOPBACK:
            raise Unreadable(Setting.IMAP_ON_LOOPBACK())
        return value

    @field_validator("oidc_scopes")
    @classmethod
    def _scopes_of_openid(cls, value: str) -> str:
        if "openid" not in value.split():
            raise Unreadable(Setting.NOT_OPENID(value=shown(value, 80)))
        return value

    @field_validator("oidc_groups")
    @classmethod
    def _groups_with_rights(cls, value: str) -> str:
        if any(right not in _RIGHTS for right in _groups(value).values()):
            raise Unreadable(Setting.NOT_RIGHTS())
        return value

    @field_validator("portal_url")
    @classmethod
    def _web_address(cls, value: str) -> str:
        if not value.startswith(("http://", "https://")) or not _split(value).hostname:
            raise Unreadable(Setting.NOT_A_WEB_ADDRESS(value=value))
        return value.rstrip("/")

    @field_validator("registry_url")
    @classmethod
    def _address_of_a_number(cls, value: str) -> str:
        is_address = value.startswith(("http://", "https://")) and bool(_split(value).hostname)
        if value and not (is_address and _NUMBER in value):
            raise Unreadable(Setting.NOT_OF_A_NUMBER(value=shown(value, 80)))
        return value

    @model_validator(mode="after")
    def _plain_smtp_only_on_loopback(self) -> Settings:
        if self.smtp_tls == "none" and self.smtp_host and self.smtp_host not in LOOPBACK:
            raise Unreadable(Setting.PLAIN_SMTP(value=self.smtp_host))
        return self

    @model_validator(mode="after")
    def _open_portal_needs_tls(self) -> Settings:
        if self.portal_host not in LOOPBACK and not self.portal_url.startswith("https://"):
            raise Unreadable(Setting.OPEN_PORTAL(value=self.portal_host))
        return self

    @model_validator(mode="after")
    def _provider_over_tls(self) -> Settings:
        place = _split(self.oidc_issuer)
        plain = place.scheme == "http" and place.hostname in LOOPBACK
        if self.oidc_issuer and not (self.oidc_client_id and (place.scheme == "https" or plain)):
            raise Unreadable(Setting.NOT_A_PROVIDER())
        return self

    @model_validator(mode="after")
    def _only_email_is_verified(self) -> Settings:
        if self.oidc_claim != "email" and not self.oidc_own_addresses:
            raise Unreadable(Setting.NOT_VERIFIED(value=self.oidc_claim))
        return self

    @property
    def oidc_discovery(self) -> str:
        """The address of the provider's own description (OpenID Connect Discovery 4)."""
        return f"{self.oidc_issuer.rstrip('/')}/.well-known/openid-configuration"

    @property
    def rights_of_groups(self) -> dict[str, str]:
        """The right that each of the provider's groups gives: admin, reader or controller."""
        return _groups(self.oidc_groups)

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which days begin and end."""
        return ZoneInfo(self.timezone)

    def local_date(self, at: datetime) -> date:
        """Return the office's local day at a moment."""
        return at.astimezone(self.zone).date()

    def in_registry(self, reference: str) -> str:
        """Return the address of a grant in the registry; "" where none is set."""
        return self.registry_url.replace(_NUMBER, quote(reference, safe=""))

    @property
    def database(self) -> str:
        """The database's address: as set, or a file under GRANTS_HOME."""
        return self.database_url or f"sqlite:///{(self.home / 'grantline.db').absolute()}"

    @property
    def on_postgresql(self) -> bool:
        """Whether the database is PostgreSQL, which can serve several machines."""
        return self.database_url.startswith("postgres")

    @property
    def documents_folder(self) -> Path:
        """The folder of people's files and of the documents that are kept."""
        return Path(self.documents) if self.documents else self.home / "documents"

    @property
    def watch_folder(self) -> Path:
        """The folder of the alarms and the journal's head, outside the database: one for all machines."""
        return Path(self.documents) if self.documents else self.home

    @property
    def office_folder(self) -> Path:
        """The folder of the office's own programmes and templates: one for all machines, writable by all."""
        return Path(self.documents) if self.documents else self.home

    @property
    def captures(self) -> bool:
        """Whether letters stay in the portal's mailbox instead of leaving."""
        return self.channel == "captured" or not (self.channel or self.smtp_host)


def _split(address: str) -> SplitResult:
    """Return the parts of an address; empty ones for a malformed address."""
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("")


def _groups(value: str) -> dict[str, str]:
    pairs = (pair.partition("=") for pair in value.split(",") if pair.strip())
    return {group.strip(): right.strip() for group, _, right in pairs}


def settings_file() -> Path | None:
    """Return the file of settings: the one in GRANTS_SETTINGS, else .env in the working folder, if any.

    Raises SettingInvalid if the named file is missing, or one may not be read.
    """
    named = os.environ.get(FILE_VARIABLE)
    file = Path(named or ".env").absolute()
    if os.access(file, os.R_OK) and not file.is_dir():
        return file
    if named:
        raise SettingInvalid(Setting.NO_FILE(file=file))
    if file.is_file():
        raise SettingInvalid(Setting.CLOSED_FILE(file=file))
    return None


def load_settings(**overrides: Any) -> Settings:
    """Return the settings, with whole paths; SettingInvalid, in one line, names a wrong variable.

    A relative path in the file counts from the file's folder; one from the environment or the
    caller from the working folder.
    """
    file = settings_file()
    try:
        settings = Settings(_env_file=file, **overrides)
    except UnicodeDecodeError as error:
        raise SettingInvalid(Setting.NOT_UTF_8(file=file)) from error
    except ValidationError as error:
        first = error.errors()[0]
        name = "_".join(str(part) for part in first["loc"]).upper()
        why = _in_words(first)
        raise SettingInvalid(Setting.OF(name=f"{_PREFIX}{name}", why=why) if name else why) from error
    return _with_whole_paths(settings, {*overrides, *_set_in_environment()}, file)


def _with_whole_paths(settings: Settings, said_here: set[str], file: Path | None) -> Settings:
    """Return the settings with absolute paths; those of `said_here` count from the working folder."""

    def whole(name: str, path: str | Path) -> Path:
        folder = file.parent if file and name not in said_here else Path()
        return (folder / path).absolute()

    changed: dict[str, object] = {"home": whole("home", settings.home)}
    for name in _FOLDERS:
        if path := getattr(settings, name):
            changed[name] = str(whole(name, path))
    if relative := _RELATIVE_SQLITE.fullmatch(settings.database_url):
        changed["database_url"] = f"{relative['scheme']}{whole('database_url', relative['file'])}"
    return settings.model_copy(update=changed)


def _set_in_environment() -> list[str]:
    """Return the settings that the environment sets, whatever the file says."""
    variables = EnvSettingsSource(Settings).env_vars
    return [name for name in Settings.model_fields if variables.get(f"{_PREFIX}{name}".lower())]


def overriding_variables() -> list[str]:
    """Return the environment's variables that override the file of settings; empty without a file."""
    return [f"{_PREFIX}{name.upper()}" for name in _set_in_environment()] if settings_file() else []


def handed_on(settings: Settings) -> dict[str, str]:
    """Return the variables by which a child in any folder reads the settings of this process.

    Paths from the environment are handed on as whole paths.
    """
    file = settings_file()
    in_environment = _set_in_environment()
    variables = {
        f"{_PREFIX}{name.upper()}": str(getattr(settings, name)) for name in _PLACES if name in in_environment
    }
    return variables | ({FILE_VARIABLE: str(file)} if file else {})


def other_variables() -> dict[str, str]:
    """Return the variables in the file of settings that are not Grantline's own, such as Prefect's.

    Empty if there is no readable file.
    """
    return {
        name.upper(): value
        for name, value in _variables_of_file().items()
        if value is not None and not name.upper().startswith(_PREFIX)
    }


def language_set() -> str:
    """Return the office's language even if other settings are wrong; the default if it is wrong itself."""
    language = _set_as("GRANTS_LANGUAGE")
    return language if language in LANGUAGES else str(Settings.model_fields["language"].default)


def dask_scheduler_set() -> str:
    """Return the Dask cluster's address, even if other settings are wrong; empty without a cluster."""
    return _set_as("GRANTS_DASK_SCHEDULER")


def source_secret(variable: str) -> str:
    """Return a source's secret, from where the settings are read; empty if it is not set."""
    return _set_as(variable)


def _set_as(variable: str) -> str:
    name = variable.lower()
    return EnvSettingsSource(Settings).env_vars.get(name) or _variables_of_file().get(name) or ""


def _variables_of_file() -> Mapping[str, str | None]:
    """Return the file's variables, in small letters; empty for a file that `load_settings` refuses."""
    with suppress(UnicodeDecodeError, SettingInvalid):
        return DotEnvSettingsSource(Settings, env_file=settings_file()).env_vars
    return {}


def _in_words(wrong: ErrorDetails) -> Remark:
    value = shown(wrong["input"], 80)
    field = Settings.model_fields[str(wrong["loc"][0])] if wrong["loc"] else None
    match wrong["type"]:
        case "literal_error" if field:
            return Reading.NONE_OF(value=value, known=", ".join(get_args(field.annotation)))
        case "int_parsing":
            return Setting.NOT_WHOLE(value=value)
        case "greater_than_equal" | "less_than_equal" if field:
            least, most = field.metadata
            return Setting.FROM_TO(value=value, least=least.ge, most=most.le)
        case "value_error" if isinstance(error := wrong["ctx"]["error"], Unreadable):
            return error.remark
        case _:
            return Setting.NOT_USABLE(value=value)
