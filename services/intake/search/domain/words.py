"""The words of a name, so that it is found however it was typed: without case, accents, apostrophes and hyphens."""

import re
import unicodedata

_NO_LETTERS = re.compile(r"[^\w]+|_+")
_JOINED = re.compile("['\u2019\u02bc`\u00b4]")


def words_of(name: str) -> frozenset[str]:
    """The words of a name: O'Brien is one, Smith-Jones two, and José is Jose."""
    plain = unicodedata.normalize("NFKD", _JOINED.sub("", name)).casefold()
    letters = "".join(one for one in plain if not unicodedata.combining(one))
    return frozenset(word for word in _NO_LETTERS.split(letters) if word)
