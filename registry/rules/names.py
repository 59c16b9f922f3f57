"""Names of people as on their KTP, and the e-mail address beside them."""

import re
import unicodedata

from registry.rules.finding import Finding, Parsed

_MARKS = frozenset("'.,-/")
_APOSTROPHES = str.maketrans("\u2018\u2019\u02bc`\u00b4", "'''''")
_EMAIL = re.compile(
    r"[a-z0-9_%+-]+(?:\.[a-z0-9_%+-]+)*@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}", re.ASCII
)
_TITLES_BEFORE = re.compile(
    r"^(?:(?:prof|drs|dra|drg|drh|dr|ir|hj|kh|h|ns|apt)(?:\.\s*|\s+))+", re.IGNORECASE
)
# Degrees as they follow names of civil servants, without their points.
_TITLES_AFTER = frozenset(
    """
    ak ama amd amdkeb amdkep amdkom apt ba bsc ca cpa dba dea llm ma mac mag map mars mba mcs mec meng
    mepid mes mh mhum miakp ming mip mkeb mkep mkes mkkk mkm mkn mkom mktg mm mmkes mmsi mp mpa mpd mpdi
    mph mpki mpp mpsi msc mse msi msm msn msos msp mst mt mta mtp ners ns phd psi sab sag saks sakt sap
    sars se sei sfarm sgz sh shi shum sikom sip ska skeb sked skep sker skg skh skm skom smn sp spa spb
    spd spdi spdsd spi spog sppd spsi spt ssi ssit ssn ssos ssospi sst sstp st sth sthi stp str strkeb
    strkep sy
    """.split()  # noqa: SIM905 (a column of strings would be a page long)
)


def parse_name(text: str) -> Parsed[str]:
    """One field, as on the KTP: one-word names, apostrophes, titles after a comma, all letters are welcome.
    Capitals are kept; blanks are collapsed and letters composed (NFC)."""
    composed = unicodedata.normalize("NFC", text.translate(_APOSTROPHES))
    # A control character or an invisible one is never part of a name; a line break counts as a blank.
    name = " ".join("".join(c for c in composed if c.isspace() or unicodedata.category(c)[0] != "C").split())
    if not name:
        return _refused("empty", "Isi nama sesuai KTP.")
    if any(unicodedata.category(c)[0] == "N" for c in name):
        return _refused("digits", "Nama tidak boleh berisi angka. Tulis nama sesuai KTP.")
    if not all(c == " " or c in _MARKS or unicodedata.category(c)[0] in "LM" for c in name):
        return _refused(
            "characters",
            "Nama hanya boleh berisi huruf, spasi, titik, koma, garis miring, tanda hubung, "
            "dan tanda petik atas. Tulis nama sesuai KTP.",
        )
    if sum(c.isalpha() for c in name) < 2 or not (name[0].isalpha() or name[0] == "'"):
        return _refused(
            "letters", "Nama sekurang-kurangnya dua huruf dan diawali huruf. Tulis nama sesuai KTP."
        )
    if len(name) > 150:
        return _refused("long", "Nama terlalu panjang. Tulis nama sesuai KTP, paling banyak 150 huruf.")
    return Parsed(name)


def parse_email(text: str) -> Parsed[str]:
    """Lower case throughout: no mail provider in use tells capitals apart, and one person stays one."""
    visible = "".join(char for char in text if unicodedata.category(char) != "Cf").strip()
    email = unicodedata.normalize("NFKC", visible).lower()
    if not email:
        return _refused("empty", "Isi alamat surel, misalnya nama@contoh.go.id.", "email")
    if len(email) > 254 or len(email.split("@")[0]) > 64 or not _EMAIL.fullmatch(email):
        return _refused(
            "form", "Tulis alamat surel lengkap tanpa spasi, misalnya nama@contoh.go.id.", "email"
        )
    return Parsed(email)


def names_differ(first: str, second: str) -> bool:
    """Whether a person should look at both. Case, punctuation, accents, titles (H., S.Kom.) do not count."""
    return _bare_words(first) != _bare_words(second)


def _bare_words(name: str) -> list[str]:
    decomposed = unicodedata.normalize("NFKD", name.translate(_APOSTROPHES)).casefold()
    letters = "".join(c for c in decomposed if unicodedata.category(c)[0] != "M" and c != "'").strip()
    untitled = _TITLES_BEFORE.sub("", letters) or letters
    # "S.Kom." is one word, "M.Yusuf" are two: points vanish only at the end, where degrees stand.
    words = [word for word in re.split(r"[\s,/]+", untitled) if word.strip(".-")]
    while len(words) > 1:
        if _key(words[-1]) in _TITLES_AFTER:
            words.pop()
        elif len(words) > 2 and words[-2].endswith(".") and _key(words[-2] + words[-1]) in _TITLES_AFTER:
            del words[-2:]
        else:
            break
    return [part for word in words for part in re.split(r"[^\w]+", word) if part]


def _key(word: str) -> str:
    return word.replace(".", "")


def _refused(code: str, message: str, field: str = "name") -> Parsed[str]:
    return Parsed(None, (Finding(f"{field}_{code}", message, field),))
