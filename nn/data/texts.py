"""A text to learn from, letter by letter: Shakespeare's sonnets, which are in the package."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

__all__ = ["sonnets"]

BUNDLED = Path(__file__).parent / "sonnets" / "sonnets.txt"
SHA256 = "99089af22a3b5bae9c09d67ee89ba101b853c89e867c5abf967bbdec29223fd9"


def sonnets() -> str:
    """Shakespeare's 154 sonnets, in the order of the first edition.

    Lines end in a newline, and a blank line stands between two sonnets; their numbers are left
    out.  Most have fourteen lines, the last two indented by two spaces.  The text is in the public
    domain; the folder ``nn/data/sonnets`` says where it comes from.

    Returns:
        A str of 94,654 characters, 61 different ones, all of them ASCII.

    Raises:
        ValueError: the file in the package is not the one that was put there.

    Source: William Shakespeare, Sonnets (1609); Project Gutenberg, number 1041.

    Example:
        >>> from nn.data import sonnets
        >>> text = sonnets()
        >>> poems = text.strip().split("\\n\\n")
        >>> len(poems), poems[17].splitlines()[0]
        (154, "Shall I compare thee to a summer's day?")
        >>> letters = sorted(set(text))  # a vocabulary, and the text as numbers from it
        >>> ids = at.tensor([letters.index(letter) for letter in text])
        >>> "".join(letters[one] for one in ids[:22].tolist())
        'From fairest creatures'
    """
    text = BUNDLED.read_text(encoding="ascii", errors="replace")
    found = hashlib.sha256(text.encode()).hexdigest()
    if found != SHA256:
        raise ValueError(
            f"sonnets: {BUNDLED} is altered: its SHA-256 is {found}, expected {SHA256}; install "
            "autotensor again"
        )
    return re.sub(r"^[CLXVI]+\n\n", "", text, flags=re.MULTILINE)
