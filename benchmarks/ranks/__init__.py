"""Several processes that train one network together, here and in PyTorch.

``measure.py`` is what ``python -m benchmarks ranks`` runs, ``gang.py`` starts the processes,
``member.py`` is what each of them runs, and there is a module for each library.
"""
