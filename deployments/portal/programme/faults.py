"""Word what is wrong in a programme's rows, at the field that it comes from, on one line."""

from collections import defaultdict
from typing import TypeAlias

from deployments.portal.programme.offered import LIST_OF, offered_sentences
from models.forms.faults import Fault
from models.message import Common, Remark
from models.reading.value_faults import nearest
from tasks.programmes.faults import FileFault
from tasks.programmes.files import check_text
from tasks.programmes.rows.places import field_at
from tasks.programmes.rows.row import ProgrammeRows
from tasks.programmes.rows.swedish import KIND_OF, SwedishSentences
from tasks.programmes.yaml_faults import AtItsRow, Begun, InExample, Shaped
from tasks.words.reasons import word_reason
from tasks.words.translator import Translator, capitalised

FieldPlace: TypeAlias = tuple[str, int, str]


def find_faults(rows: ProgrammeRows, text: str, say: Translator) -> dict[FieldPlace, list[str]]:
    """Return what is wrong in the file that the rows make, in words, by the fields that it comes from."""
    found = check_text(text, "")
    faults = defaultdict[FieldPlace, list[str]](list)
    for one in found if isinstance(found, list) else ():
        at = field_at(rows, one.place)
        if one.why.message is InExample.MUST_GIVE:
            at = ("dates", list(rows.named_dates).index(str(one.why.facts["date"])), "day")
        said = capitalised(word_reason(say, _at_field(one, rows, at, say.language)))
        if said not in faults[at]:
            faults[at].append(said)
    if not rows.is_counted:
        faults["head", 0, "counted"].append(capitalised(word_reason(say, Begun.NOTHING_COUNTED())))
    return dict(faults)


def _at_field(found: FileFault, rows: ProgrammeRows, at: FieldPlace, language: str) -> Remark:
    """Return why a field cannot be used; a sentence's own cure is in English, so Swedish gets an example."""
    why = found.why
    if why.message in (Shaped.KEY_MISSING, InExample.MUST_GIVE):
        return Fault.MISSING()
    if why.message is InExample.OTHERWISE:
        return AtItsRow.COUNTED_OTHERWISE(**why.facts)
    group, number, name = at
    if why.message is not Shaped.SENTENCE or name not in LIST_OF:
        return why
    word = str(why.facts["word"])
    if language == "en":
        cure = why.facts["cure"]
        return AtItsRow.CURE(word=word, cure=cure) if word else Common.AS_IS(why=cure)
    examples = [one.text for one in offered_sentences(rows, language)[LIST_OF[name]]]
    swedish = SwedishSentences(rows)
    kind = KIND_OF[name]
    understood = swedish.word(kind, swedish.to_english(kind, getattr(getattr(rows, group)[number], name)))
    example = nearest(understood, examples, at_least=0)
    if not word:
        return AtItsRow.NOT_COMPLETE(example=example)
    return AtItsRow.NOT_UNDERSTOOD(word=swedish.word(kind, word), example=example)
