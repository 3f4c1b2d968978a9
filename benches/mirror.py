#!/usr/bin/env python3
"""The mirror beside `s5cmd`, `rclone` and `mc`, against one MinIO server, in one run.

    cargo build --release
    TGSYNC_TEST_MINIO=http://127.0.0.1:9000 benches/mirror.py FOLDER

The server's user is `tgsync-test`, its password `tgsync-test-secret`. Tools that are on no `PATH` are left out. FOLDER
takes 1.6 GB of files, made once. Printed: wall time, CPU time, peak memory, and wall time as part of the fastest other.
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


def new_bucket(name):
    """Made by the mirror itself: a post without media would not, so by the first tool that can."""
    bucket = f"bench-{name}-{uuid.uuid4().hex[:8]}"
    for tool, command in {
        "s5cmd": ["s5cmd", "--endpoint-url", ENDPOINT, "mb", f"s3://{bucket}"],
        "mc": ["mc", "mb", f"b/{bucket}"],
    }.items():
        if shutil.which(tool):
            measure(command, others(Path(), bucket)[tool][1])
            return bucket
    return bucket


def compare(title, rows):
    print(f"\n{title}")
    fastest = min((figures[0] for name, figures in rows if name != "tgsync"), default=None)
    for name, (wall, cpu, memory) in rows:
        ratio = f"{wall / fastest:5.2f} x" if fastest else ""
        print(f"  {name:8} {wall:7.2f} s  {cpu:7.2f} s CPU  {memory:7.0f} MiB  {ratio}")


def main():
    folder = Path(sys.argv[1]).resolve()
    # In a process of its own: the memory it takes would be counted as that of every process started here.
    if os.fork() == 0:
        make(folder)
        os._exit(0)
    os.wait()
    small, large = folder / "small/content/p", folder / "large/content/p"
    first, second = [], []
    command, env = tgsync(small, new_bucket("tgsync"))
    first.append(("tgsync", measure(command, env)))
    second.append(("tgsync", measure(command, env)))
    verify = measure([*command[:3], "mirror", "verify", "--sample", "0"], env)
    for name in ("s5cmd", "rclone", "mc"):
        if shutil.which(name):
            command, env = others(small, new_bucket(name))[name]
            first.append((name, measure(command, env)))
            second.append((name, measure(command, env)))
    compare("5,000 files of 10 KiB and 5 of 100 MiB, first run", first)
    compare("the same again, nothing changed", second)
    compare("`mirror verify` without reading back, beside the second run of the others", [("tgsync", verify), *second[1:]])

    command, env = tgsync(large, new_bucket("large"))
    rows = [("tgsync", measure(command, env))]
    if shutil.which("mc"):
        _, env = others(large, "")["mc"]
        copy = ["mc", "cp", "--quiet", str(large / "1.bin"), f"b/{new_bucket('cp')}/1.bin"]
        rows.append(("mc cp", measure(copy, env)))
    compare("one file of 1 GiB", rows)


if __name__ == "__main__":
    main()
