"""Started by benches/compare: the bench's program and the number of rounds are its arguments."""

import importlib.metadata
import logging
import os
import pathlib
import statistics
import subprocess
import sys
import time

import telegramify_markdown

logging.disable(logging.CRITICAL)
bench, rounds = sys.argv[1], int(sys.argv[2])


def body(path):
    text = path.read_text("utf-8")
    end = text.find("\n---\n") if text.startswith("---\n") else -1
    return text[end + 5 :] if end >= 0 else text


def ours():
    return float(subprocess.run([bench, "--classic", "3"], check=True, capture_output=True).stdout)


def theirs(function):
    begin = time.perf_counter()
    for text in bodies:
        function(text)
    return time.perf_counter() - begin


bodies = [body(path) for path in sorted(pathlib.Path(os.environ["TGSYNC_CORPUS"]).iterdir())]
megabytes = sum(len(text.encode()) for text in bodies) / 1e6
measures = {
    "tgsync, classic": ours,
    "telegramify convert": lambda: theirs(telegramify_markdown.convert),
    "telegramify markdownify": lambda: theirs(telegramify_markdown.markdownify),
}
times = {name: [] for name in measures}
for _ in range(rounds):
    for name, measure in measures.items():
        times[name].append(measure())
best = statistics.median(times["tgsync, classic"])
version = importlib.metadata.version("telegramify-markdown")
print(f"{len(bodies)} posts, {megabytes:.2f} MB, {rounds} rounds, telegramify-markdown {version}")
for name, taken in times.items():
    seconds = statistics.median(taken)
    print(f"{name:24} {seconds * 1e3:8.0f} ms {megabytes / seconds:8.1f} MB/s {seconds / best:6.1f} × tgsync")
