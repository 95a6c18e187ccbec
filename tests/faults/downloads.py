"""Faults of what fetches files, and of what reads them."""

from __future__ import annotations

from tests.faults import Fault

ROOM = "autotensor/utils/downloads"

#: What is wrong, the file, the text before and after, and the test that must notice.
PLANTED = [
    (
        "parts of two versions of a file are joined", "__init__",
        'headers["If-Range"] = part.note.validator', "pass", "a_part_is_gone_on_with",
    ),
    (
        "the first mirror is asked for ever", "__init__",
        "self.urls.append(self.urls.pop(0))", "pass", "mirrors_take_turns",
    ),
    (
        "all that wait for it fetch it again, one after the other", "__init__",
        'if wrong == "" and not terms.overwrite:', "if False:", "several_threads_fetch_it_once",
    ),
    (
        "any checksum will do", "__init__",
        "if not found.startswith(start):", "if not found:", "wrong_bytes_are_never_placed",
    ),
    (
        "what was whole before the kill is fetched again", "__init__",
        "if part.size and part.size == part.note.total and not self.problem():", "if False:",
        "a_part_that_is_whole_already_is_placed",
    ),
    (
        "a name may lead out of the folder", "__init__",
        r"""set(name) & set('/\\:*?"<>|')""", "not name",
        "a_url_names_no_file_outside_the_folder",
    ),
    (
        "progress does not count, and a line that is often cut is given up", "__init__",
        "best, failures = self.part.size, 0", "best, failures = self.part.size, failures + 1",
        "who_brings_more_each_time_may_be_cut_more_often_than_retries",
    ),
    (
        "a try is lost to a part of no use", "__init__",
        "if error.spoiled and not self.whole and tries < MOST_TRIES:", "if False:",
        "a_part_of_no_use_is_no_failure_of_the_try",
    ),
    (
        "headers that break off are an empty file", "answers",
        "if not lines.last:", "if False:", "headers_that_break_off_are_none",
    ),
    (
        "more than was announced is cut off", "answers",
        "return bool(response.read1(1))", "return False", "a_bad_answer_is_got_over",
    ),
    (
        "an hour is waited if the server says so", "answers",
        "if wait > LONGEST_WAIT:", "if wait > 4000:", "the_server_says_when_to_come_back",
    ),
    (
        "links are followed", "parts", 'getattr(os, "O_NOFOLLOW", 0)', "0",
        "a_link_in_the_place_of_the_part_is_not_followed",
    ),
    (
        "what begins anew keeps the end of what was there", "parts",
        "os.ftruncate(self._descriptor, 0)\n        self.size = 0\n        self.note = note",
        "self.size = 0\n        self.note = note", "what_begins_anew_may_be_shorter",
    ),
    (
        "the note stays when the file is placed", "parts",
        "os.unlink(self._beside)", "pass", "a_file_arrives",
    ),
    (
        "a lock counts that its holder has removed", "locks",
        "os.path.samestat(os.fstat(descriptor), os.stat(path))", "True",
        "a_lock_that_was_removed_is_none",
    ),
]  # fmt: skip

FAULTS = [
    *(
        Fault(
            f"download: {what}", f"{ROOM}/{file}.py", before, after,
            f"tests/nn/test_download.py::test_{test}",
        )
        for what, file, before, after, test in PLANTED
    ),
    Fault(
        "read_idx: big-endian numbers are read as they lie", "nn/data/idx.py",
        '12: ">i4"', '12: "<i4"', "tests/nn/test_idx.py",
    ),
    Fault(
        "read_idx: an xz file gets what memory it asks for", "nn/data/idx.py",
        "lzma.FORMAT_XZ, memlimit=self.MOST", "lzma.FORMAT_XZ", "tests/nn/test_idx.py",
    ),
    Fault(
        "FashionMNIST: any packed file will do", "nn/data/idx.py",
        "if found != file.md5:", "if not found:", "tests/nn/test_idx.py",
    ),
    Fault(
        "MNIST: files of the user's own are replaced", "nn/data/mnist.py",
        "if not download or (there and not ours):", "if not download:", "tests/nn/test_mnist.py",
    ),
]  # fmt: skip
