"""Writes the examples of the documents and each recorded HTML as files, in one folder per fuzz target below the one that is named."""

import json
import pathlib
import re
import sys

folder = pathlib.Path(sys.argv[1])
root = pathlib.Path(__file__).parent.parent


def examples(document, language):
    text = (root / "docs" / document).read_text("utf-8")
    return [text for _, text in re.findall(rf"^(`{{3,}}){language}\n(.*?)^\1$", text, re.M | re.S)]


def as_post(text):
    return text if text.startswith("---") else f"---\nslug: example\n{text}---\nText.\n"


def recorded():
    lines = (root / "tests/data/telegram-html.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line)["html"] for line in lines]


seeds = {
    "markdown": examples("markdown.md", "markdown") + recorded(),
    "front-matter": [as_post(text) for text in examples("front-matter.md", "yaml")],
    "config": examples("config.md", "yaml") + examples("mirror.md", "yaml"),
    "lock": examples("lock.md", "json"),
}
for target, texts in seeds.items():
    (folder / target).mkdir(parents=True, exist_ok=True)
    for at, text in enumerate(texts):
        (folder / target / f"example-{at:03}").write_bytes(text.encode("utf-8", "surrogatepass"))
