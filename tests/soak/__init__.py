"""What a long life does to a program: kills, full disks, broken files, threads, very many steps.

Each module here but ``parts`` and ``table`` is one part.  It has

- ``TITLE``: what is tried, in a few words;
- ``def run(effort: float, seed: int) -> list[Row]``: tries it.  With ``effort`` 1 as often as the
  table in ``docs/tables/soak.md`` says; with 0.02 in some seconds, so that a test can call it.
  Where something fails, ``run`` prints it, with what is needed to see it again.

``python -m tests.soak`` runs all parts, ``python -m tests.soak kills files --effort 0.1`` some of
them less often, and ``--page`` writes ``docs/tables/soak.md``.
"""
