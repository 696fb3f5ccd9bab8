"""The messages about a database that is not ready."""

from models.message import Message


class Stored(Message):
    """Why the database, its address or a key cannot be used, or does not hold what is asked for."""

    NOT_EMPTY = "%(place)s has tables already; name an empty database"
    MOVED_NOT_WHOLE = "%(place)s did not get every row; it is empty as before, and nothing was moved"
    MOVED_BROKEN = (
        "the journal of %(place)s does not hold, so nothing was moved; 'grants journal --verify' says where"
    )
    LOCKED = "%(place)s is locked by another writer; stop it or try again in a minute"
    READ_ONLY = (
        "%(place)s may not be written by this user; give the user the right to write it and its folder"
    )
    UNOPENED = (
        "%(place)s cannot be opened by this user; give the user the right to read and write it and its folder"
    )
    NO_DATABASE = (
        "%(place)s is no database of Grantline; set another GRANTS_HOME, or restore the file from a backup"
    )
    DAMAGED = "%(place)s is damaged; restore the file from a backup"
    NO_ANSWER = "no answer"
    NOT_THERE = "there is no %(place)s yet; run 'grants init'"
    NO_TABLES = "%(place)s has no tables yet; run 'grants init'"
    OLDER = "%(place)s is older than this program (%(revision)s); run 'grants init'"
    UNRELEASED = (
        "%(place)s was made by an unreleased version, and cannot be upgraded; set another GRANTS_HOME or"
        " GRANTS_DATABASE_URL, and run 'grants init'"
    )
    NEWER = "%(place)s is newer (%(revision)s) than this program; upgrade Grantline"
    OTHER_LANGUAGE = (
        "the programme %(programme)s is kept in version %(found)s of the rules' language, which this program does not"
        " read; upgrade Grantline"
    )
    NO_ADDRESS = (
        "GRANTS_DATABASE_URL is not the address of a database: '%(url)s'; use sqlite:/// or postgresql://"
    )
    KEEPS_NOTHING = (
        "GRANTS_DATABASE_URL: '%(url)s' keeps nothing; name a file, as sqlite:////var/lib/grantline/grants.db"
    )
    SHORT_KEYS = "%(place)s needs keys of at least %(least)s characters, newest first"
    UNMADE_KEY = (
        "every machine must sign links with the same key: set GRANTS_SECRET_KEYS, as"
        " GRANTS_SECRET_KEYS=$(openssl rand -hex 32), and the same on each; with SQLite one is made"
    )
    KEY_SET = "links are signed with the key of GRANTS_SECRET_KEYS"
    KEY_MADE = "links are signed with a key that was made now, in %(place)s: keep it in your backups"
    KEY_THERE = "links are signed with the key in %(place)s, which was there"
    OTHER_KEY = (
        "this machine signs links with another key than the others: give it their GRANTS_SECRET_KEYS, or where lost"
        " run 'grants init --adopt' here"
    )
    LOST_KEY = (
        "this is not the key with which the links of the database were signed: put the secret_keys of its backup back,"
        " or where they are lost run 'grants init --adopt'"
    )
    OTHER_DOCUMENTS = (
        "%(place)s is not the folder of the other machines: mount theirs, set GRANTS_DOCUMENTS, or where it is lost"
        " run 'grants init --adopt' here"
    )
    NO_KEYS = "GRANTS_SECRET_KEYS holds no key, or an empty one; a link cannot be signed"
    NO_PERSON = "'%(email)s' is not known, or has left; 'grants import' enters people"
