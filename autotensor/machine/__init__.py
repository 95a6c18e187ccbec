"""Everything that touches the process: threads, memory, NumPy's error state.

Importing the package does four things that other code in the process can notice.  Each has one
switch, an environment variable that is read at import, and goes without where it cannot be done;
``README.md`` beside this file says more.

=======================================  =============================  ==========================
what                                     switched off by                where it cannot be done
=======================================  =============================  ==========================
``threads``: BLAS's number of threads    ``AUTOTENSOR_NUM_THREADS=0``   operators use one thread
``threads``: workers' CPU affinities     ``AUTOTENSOR_AFFINITY=0``      the system places them
``memory``: ``malloc`` keeps more        ``AUTOTENSOR_KEEP_MEMORY=0``   ``malloc`` stays as it is
``error_state``: no warnings from NumPy  ``AUTOTENSOR_SILENT=0``        ``numpy.errstate``, slower
=======================================  =============================  ==========================
"""
