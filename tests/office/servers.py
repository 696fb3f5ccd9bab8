"""The office's own servers: PostgreSQL, Postfix with real returned mail, Dovecot, and the certified OpenID provider."""

import email
import email.policy
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from email.message import EmailMessage
from pathlib import Path

from tests.waiting import until

HERE = Path(__file__).parent
MAIL = Path("/srv/mail")
MAIL_LOG = Path("/var/log/postfix.log")
SMTP_PORT, IMAP_PORT, PROVIDER_PORT = 25, 143, 3000
RETURNED = "returned@office.example.org"
IMAP_PASSWORD = "what-the-mailbox-asks"
ISSUER = f"http://127.0.0.1:{PROVIDER_PORT}"
CLIENT_ID, CLIENT_SECRET = "grantline", "what-the-provider-and-grantline-know"
DOMAIN = "office.example.org"
# A delivery that ended, as Postfix's log tells it.
_ENDED = re.compile(r": to=<(?P<to>[^>]+)>.* status=(?P<status>\w+) ")


def run(*command: str, **options: object) -> str:
    """Run a command that must succeed; return what it printed."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload]
    assert done.returncode == 0, f"{' '.join(command)}: {done.stdout}{done.stderr}"
    return str(done.stdout)


def _start(*command: str) -> None:
    """Start what goes on by itself: it would keep a pipe of ours open for as long as it lives."""
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)


def install() -> None:
    """Install what the trial needs on top of what the README asks for: the servers of mail in exactly these versions.

    Node, npm and PostgreSQL are this machine's where it has them, else Debian's.
    """
    wanted = (HERE / "packages.txt").read_text(encoding="utf-8").split()
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    run("apt-get", "update", "-qq")
    # Nothing here may start a server of its own: the trial does. No service manager runs on this machine of its own.
    Path("/usr/local/bin/systemctl").write_text("#!/bin/sh\n", encoding="utf-8")
    Path("/usr/local/bin/systemctl").chmod(0o755)
    Path("/usr/sbin/policy-rc.d").write_text("#!/bin/sh\nexit 101\n", encoding="utf-8")
    Path("/usr/sbin/policy-rc.d").chmod(0o755)
    run("apt-get", "install", "-y", "-qq", "--no-install-recommends", *wanted, env=environment)
    for program, package in (("node", "nodejs"), ("npm", "npm"), ("pg_createcluster", "postgresql")):
        if not shutil.which(program):
            run("apt-get", "install", "-y", "-qq", "--no-install-recommends", package, env=environment)
    folder = Path("/srv/provider")
    folder.mkdir()
    for name in ("package.json", "provider.mjs"):
        shutil.copy(HERE / name, folder)
    run("npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--silent", cwd=folder)


def start_postgresql() -> None:
    """Start a cluster as Debian makes it, which lets `postgres` in by its user on this machine."""
    version = max(Path("/usr/lib/postgresql").iterdir()).name
    if not Path(f"/etc/postgresql/{version}/main").exists():
        run("pg_createcluster", version, "main")
    # Nothing here outlives the trial, so nothing waits for the disk.
    Path(f"/etc/postgresql/{version}/main/conf.d/trial.conf").write_text("fsync = off\n", encoding="utf-8")
    run("pg_ctlcluster", version, "main", "start")


def start_mail(people: Iterable[str]) -> None:
    """Start Postfix, which has a mailbox for each address, and Dovecot, which opens that of returned mail.

    Other addresses of the domain are taken and come back as real returned mail; `refused@...` is refused at once.
    """
    if not MAIL.exists():
        run("useradd", "--system", "--user-group", "--home-dir", str(MAIL), "--create-home", "vmail")
    owner, group = run("id", "-u", "vmail").strip(), run("id", "-g", "vmail").strip()
    boxes = "".join(f"{address} {address}/\n" for address in (*people, RETURNED))
    Path("/etc/postfix/mailboxes").write_text(boxes, encoding="utf-8")
    Path("/etc/postfix/refused").write_text(f"refused@{DOMAIN} REJECT no longer here\n", encoding="utf-8")
    Path("/etc/postfix/main.cf").write_text(
        f"""compatibility_level = 3.6
myhostname = mail.{DOMAIN}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mydestination =
mynetworks = 127.0.0.0/8
recipient_delimiter = +
maillog_file = {MAIL_LOG}
virtual_mailbox_domains = {DOMAIN}
virtual_mailbox_base = {MAIL}
virtual_mailbox_maps = texthash:/etc/postfix/mailboxes
virtual_uid_maps = static:{owner}
virtual_gid_maps = static:{group}
smtpd_reject_unlisted_recipient = no
smtpd_recipient_restrictions = check_recipient_access texthash:/etc/postfix/refused, permit_mynetworks, reject
""",
        encoding="utf-8",
    )
    _start("postfix", "start")
    Path("/etc/dovecot/dovecot.conf").write_text(
        f"""dovecot_config_version = 2.4.1
dovecot_storage_version = 2.4.1
protocols = imap
listen = 127.0.0.1
ssl = no
auth_allow_cleartext = yes
log_path = /var/log/dovecot.log
mail_driver = maildir
mail_path = {MAIL}/{RETURNED}
first_valid_uid = 1
passdb static {{
  password = {IMAP_PASSWORD}
}}
userdb static {{
  fields {{
    uid = {owner}
    gid = {group}
    home = {MAIL}
  }}
}}
""",
        encoding="utf-8",
    )
    _start("dovecot")


def start_provider(portal: str) -> None:
    """Start the provider as its package is when nothing but the client and the accounts is set."""
    told = {"port": PROVIDER_PORT, "client": CLIENT_ID, "secret": CLIENT_SECRET, "portal": portal}
    with Path("/var/log/provider.log").open("ab") as log:
        subprocess.Popen(
            ["node", "provider.mjs", json.dumps(told)], cwd="/srv/provider", stdout=log, stderr=log
        )


def arrived(address: str) -> list[EmailMessage]:
    """Return the messages in somebody's mailbox at Postfix."""
    found: list[EmailMessage] = []
    for file in sorted((MAIL / address).glob("new/*")):
        found.append(email.message_from_bytes(file.read_bytes(), policy=email.policy.default))
    return found


def ends() -> list[tuple[str, str]]:
    """Return each recipient and how Postfix ended with it: sent, bounced."""
    return [(one["to"], one["status"]) for one in _ENDED.finditer(MAIL_LOG.read_text(encoding="utf-8"))]


def queue_is_empty() -> bool:
    """Whether Postfix has handed on all that it took."""
    return "is empty" in run("postqueue", "-p")


def wait_for_mail() -> None:
    """Wait until Postfix has handed on all that it took."""
    until(queue_is_empty, "the mail server's queue to be empty", 60)
