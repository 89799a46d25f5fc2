"""What a server's commits cost as a repo grows, beside the flush of the disk: no peer commits over a kept connection."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request

import workloads


class Server:
    """`pach serve` over an empty data root in `folder`."""

    def __init__(self, folder):
        self.root = os.path.join(folder, "repos")
        self.folder = folder
        os.makedirs(self.root)
        self.peak_kib = 0
        self.start()

    def start(self):
        self.log = open(os.path.join(self.folder, "serve.log"), "w+")
        self.process = subprocess.Popen(
            ["pach", "serve", "--listen", "127.0.0.1:0", "--root", self.root], stdout=self.log, stderr=subprocess.STDOUT)
        self.address = None
        while not self.address:
            if self.process.poll() is not None:
                raise RuntimeError(open(self.log.name).read())
            found = re.search(r"http://127.0.0.1:\d+", open(self.log.name).read())
            self.address = found and found.group()
            time.sleep(0.02)
        with open(os.path.join(self.root, ".pach", "token")) as file:
            self.token = file.read().strip()
        self.environment = dict(os.environ, PACH_ADDRESS=self.address, PACH_TOKEN=self.token)

    def stop(self):
        """In good order: all is published then, and merged as far as the server merges by itself."""
        with open(f"/proc/{self.process.pid}/status") as file:
            self.peak_kib = max(self.peak_kib, int(re.search(r"VmHWM:\s*(\d+)", file.read()).group(1)))
        self.process.terminate()
        if self.process.wait() != 0:
            raise RuntimeError(open(self.log.name).read())
        self.log.close()

    def settle(self):
        """Leaves the root as a user's would be after a while: nothing waits to be published."""
        self.stop()
        self.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self.log.close()

    def pach(self, *words):
        subprocess.run(["pach", *words], env=self.environment, check=True, stdout=subprocess.DEVNULL)

    def request(self, method, path, body, kind="application/octet-stream"):
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": kind}
        request = urllib.request.Request(self.address + path, data=body, method=method, headers=headers)
        with urllib.request.urlopen(request) as answer:
            return answer.read()

    def size(self, repo):
        """Bytes on the disk of a repo and of what the database has grown by."""
        total = 0
        for start in (f"{repo}.git", ".pach"):
            for folder, _, files in os.walk(os.path.join(self.root, start)):
                for name in files:
                    try:
                        total += os.lstat(os.path.join(folder, name)).st_blocks * 512
                    except FileNotFoundError:
                        pass  # Packs are merged meanwhile.
        return total


def build_client(folder):
    program = os.path.join(folder, "client")
    source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "client.c")
    subprocess.run(["cc", "-O2", "-D_GNU_SOURCE", "-pthread", "-o", program, source], check=True)
    return program


def load(client, server, repo, files, first, count, connections):
    """Makes commits; returns what the client says, and the bytes on the disk afterwards."""
    words = [client, server.address.rsplit(":", 1)[1], server.token, os.path.join(server.folder, "flush"), repo]
    words += [str(number) for number in (files, first, count, connections)]
    figures = json.loads(subprocess.run(words, check=True, capture_output=True, text=True).stdout)
    return dict(figures, bytes=server.size(repo))


def curve(client, server, repo, files, stops, grow):
    """Commits up to each of `stops`, of which the last thousand at most are measured; `grow` makes those before."""
    rows, made = [], 0
    for stop in stops:
        measured = min(stop - made, max(100, min(1000, stop // 10)))
        if stop - made > measured:
            grow(made, stop - made - measured)
        # What the many clients left to be done is not this row's.
        server.settle()
        before = server.size(repo)
        figures = load(client, server, repo, files, stop - measured, measured, 1)
        server.settle()
        figures["bytes"] = server.size(repo)
        made = stop
        rows.append(dict(
            figures, at=stop, bytes_a_commit=(figures["bytes"] - before) / measured, bytes_so_far=figures["bytes"],
            peak_kib=server.peak_kib, ms=1000 * figures["seconds"] / measured))
        print(
            f"{repo}, {stop:,}: {rows[-1]['ms']:.2f} ms a commit, median {figures['p50_ms']:.2f} ms, "
            f"{figures['bytes'] / stop / 1024:.1f} KiB each so far, the server's peak {server.peak_kib / 1024:.0f} MiB", file=sys.stderr)
    return rows


def stops(last):
    return [stop for stop in (1_000, 10_000, 30_000, 100_000) if stop < last] + [last]


def commits(folder, client, scale):
    """One small file that is replaced by each commit, and the rate of one client and of 64."""
    with Server(folder) as server:
        server.pach("create", "repo", "commits")
        def grow(first, count):
            load(client, server, "commits", 1, first, count, 16)

        rows = [dict(row, row="a commit of one small file, one client") for row in
                curve(client, server, "commits", 1, stops(max(1_000, int(100_000 * scale))), grow)]
        server.pach("create", "repo", "many")
        load(client, server, "many", 1, 0, 500, 64)
        figures = load(client, server, "many", 1, 500, 5_000, 64)
        rows.append(dict(figures, row="the same, 64 clients at once", at=5_500, ms=1000 * figures["seconds"] / 5_000))
    return rows


def folder_growth(folder, client, scale):
    """A folder that grows by one file a commit."""
    with Server(folder) as server:
        server.pach("create", "repo", "folder")

        def grow(first, count):
            load(client, server, "folder", 1 << 31, first, count, 16)

        return [dict(row, row="a commit that adds a file to a folder") for row in
                curve(client, server, "folder", 1 << 31, stops(max(1_000, int(100_000 * scale))), grow)]


def append(folder, client, scale):
    """1 MiB at the end of files from 10 MiB to 10 GiB, in turns, so that all meet the same noise."""
    os.makedirs(folder, exist_ok=True)
    piece = os.path.join(folder, "piece.csv")
    workloads.ratings(piece, size=21 << 20, seed=6)
    with open(piece, "rb") as file:
        pieces = [file.read(1 << 20) for _ in range(20)]
    with Server(os.path.join(folder, "server")) as server:
        rows = []
        for number, size in enumerate((10 << 20, 100 << 20, 1 << 30, 10 << 30)):
            size = max(2 << 20, int(size * scale))
            repo = f"append{number}"
            server.pach("create", "repo", repo)
            put = subprocess.Popen(
                ["pach", "put", "file", f"{repo}@master:/ratings.csv", "-f", "-"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                env=server.environment)
            workloads.stream_ratings(put.stdin, size)
            put.stdin.close()
            if put.wait() != 0:
                raise RuntimeError(f"a file of {size} bytes could not be put")
            server.settle()
            rows.append(dict(row="1 MiB appended to a file", at=size >> 20, repo=repo, before=server.size(repo), times=[], flushes=[]))
        for body in pieces:
            for row in rows:
                row["flushes"].append(workloads.flush(folder, 5))
                start = time.monotonic()
                server.request("PUT", f"/v1/repos/{row['repo']}/commits/master/files/ratings.csv?mode=append", body)
                row["times"].append(1000 * (time.monotonic() - start))
        server.settle()
        for row in rows:
            times, flushes = sorted(row.pop("times")), sorted(row.pop("flushes"))
            row.update(ms=times[10], p50_ms=times[10], p99_ms=times[-1], flush_ms=flushes[10])
            # What the database grew by counts for each.
            row["bytes_a_commit"] = (server.size(row.pop("repo")) - row.pop("before")) / 20
            print(f"append to {row['at']} MiB: {times[10]:.1f} ms, flush {row['flush_ms']:.2f} ms", file=sys.stderr)
    return rows


CURVES = {"commits": commits, "folder": folder_growth, "append": append}


def measure(names, root, scale):
    client = build_client(root)
    rows = []
    for name in names:
        place = os.path.join(root, name)
        rows += CURVES[name](place, client, scale)
        shutil.rmtree(place)
    return rows


def table(rows):
    lines = [
        "| Work | at | ms | p50 | p99 | flushes | KiB added | KiB each so far | server's peak MiB |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|"]
    for row in rows:
        added = f"{row['bytes_a_commit'] / 1024:.1f}" if "bytes_a_commit" in row else ""
        so_far = f"{row['bytes_so_far'] / row['at'] / 1024:.1f}" if "bytes_so_far" in row else ""
        peak = f"{row['peak_kib'] / 1024:.0f}" if "peak_kib" in row else ""
        lines.append(
            f"| {row['row']} | {row['at']:,} | {row['ms']:.2f} | {row['p50_ms']:.2f} | {row['p99_ms']:.2f} "
            f"| {row['ms'] / row['flush_ms']:.1f} | {added} | {so_far} | {peak} |")
    return "\n".join(lines)
