"""Two networks that say which letter comes next: one that remembers, and one that looks back."""

import math

import autotensor as at
import nn
import nn.functional as F


class LetterLSTM(nn.Module):
    """Reads letter by letter, and keeps what it has read in a state of ``hidden`` numbers."""

    def __init__(self, letters, width=32, hidden=128):
        super().__init__()
        self.letters = nn.Embedding(letters, width)
        self.lstm = nn.LSTM(width, hidden, batch_first=True)
        self.dropout = nn.Dropout(0.15)
        self.scores = nn.Linear(hidden, letters)

    def forward(self, numbers, state=None):
        """Letters ``(N, T)`` → scores of the next ones ``(N, T, letters)``, and the state."""
        hidden, state = self.lstm(self.letters(numbers), state)
        return self.scores(self.dropout(hidden)), state

    @at.no_grad()
    def write(self, start, count, warmth=0.8):
        """``start`` ``(T,)`` and ``count`` letters more; the warmer, the bolder."""
        written, read, state = start.tolist(), start[None], None
        for _ in range(count):
            scores, state = self(read, state)
            read = at.multinomial(F.softmax(scores[:, -1] / warmth, dim=-1), 1)
            written.append(read.item())
        return at.tensor(written)


class Attention(nn.Module):
    """Every place asks, and takes from the places before it what answers best."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value = (nn.Linear(width, width) for _ in range(3))
        self.together = nn.Linear(width, width)

    def parts(self, x):
        """Queries, keys and values, each ``(N, heads, T, width / heads)``."""
        made = [layer(x) for layer in (self.query, self.key, self.value)]
        return [one.unflatten(-1, (self.heads, -1)).transpose(1, 2) for one in made]

    def shares(self, x):
        """How much each place takes from each, ``(N, heads, T, T)``; rows add up to 1."""
        query, key, _ = self.parts(x)
        scores = query @ key.mT / math.sqrt(key.shape[-1])
        later = at.ones(x.shape[1], x.shape[1], dtype=at.bool).triu(1)
        return scores.masked_fill(later, -math.inf).softmax(dim=-1)

    def forward(self, x):
        """``(N, T, width)`` → the same; what ``shares(x) @ value`` gives, but faster."""
        taken = F.scaled_dot_product_attention(*self.parts(x), is_causal=True)
        return self.together(taken.transpose(1, 2).flatten(2))


class Block(nn.Module):
    """Look back, then think: each adds to what is there."""

    def __init__(self, width, heads):
        super().__init__()
        self.norm1, self.attention = nn.LayerNorm(width), Attention(width, heads)
        self.norm2 = nn.LayerNorm(width)
        self.think = nn.Sequential(
            nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)
        )

    def forward(self, x):
        x = x + self.attention(self.norm1(x))
        return x + self.think(self.norm2(x))


class GPT(nn.Module):
    """A small GPT: letters and places as vectors, blocks, a score for each next letter."""

    def __init__(self, letters, length=64, width=64, heads=4, blocks=2):
        super().__init__()
        self.length = length
        self.letters = nn.Embedding(letters, width)
        self.places = nn.Embedding(length, width)
        self.blocks = nn.Sequential(*(Block(width, heads) for _ in range(blocks)))
        self.norm, self.scores = nn.LayerNorm(width), nn.Linear(width, letters)
        for table in (self.letters, self.places):
            nn.init.normal_(table.weight, std=0.02)

    def vectors(self, numbers):
        """What the first block is given: ``(N, T, width)``."""
        return self.letters(numbers) + self.places(at.arange(numbers.shape[1]))

    def forward(self, numbers):
        """Letters ``(N, T)`` → scores of the next ones ``(N, T, letters)``; T ≤ length."""
        return self.scores(self.norm(self.blocks(self.vectors(numbers))))

    @at.no_grad()
    def write(self, start, count, warmth=0.8):
        """``start`` ``(T,)`` and ``count`` letters more; the warmer, the bolder."""
        written = start.tolist()
        for _ in range(count):
            scores = self(at.tensor([written[-self.length :]]))[0, -1]
            written.append(at.multinomial(F.softmax(scores / warmth, dim=-1), 1).item())
        return at.tensor(written)
