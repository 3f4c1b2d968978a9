"""Writes one file for each example of docs/markdown.md and each recorded HTML into the folder that is named."""

import json
import pathlib
import re
import sys

folder = pathlib.Path(sys.argv[1])
root = pathlib.Path(__file__).parent.parent
folder.mkdir(parents=True, exist_ok=True)
document = (root / "docs/markdown.md").read_text("utf-8")
examples = [text for _, text in re.findall(r"^(`{3,})markdown\n(.*?)^\1$", document, re.M | re.S)]
vectors = (root / "tests/data/telegram-html.jsonl").read_text("utf-8").splitlines()
recorded = [json.loads(line)["html"] for line in vectors]
for kind, texts in {"example": examples, "recorded": recorded}.items():
    for at, text in enumerate(texts):
        (folder / f"{kind}-{at:03}").write_bytes(text.encode("utf-8", "surrogatepass"))
print(f"{len(examples)} examples and {len(recorded)} recorded texts are seeds")
