"""The systems that are compared, each as its users would use it, everything that is reported done being on the disk."""

import os
import shutil
import subprocess
import tempfile
import time


class Peer:
    """A store in a folder of its own, and the folder `work` whose content is stored."""

    name = ""
    program = ""
    #: What differs from the others in what is on the disk when a command returns.
    remark = ""

    def __init__(self, root):
        self.root = os.path.join(root, self.name)
        self.work = os.path.join(self.root, "work")
        self.store = os.path.join(self.root, "store")
        shutil.rmtree(self.root, ignore_errors=True)
        os.makedirs(self.work)
        self.environment = dict(os.environ, HOME=self.root, LC_ALL="C.UTF-8")

    @classmethod
    def version(cls):
        """The version, or None where the program is not installed."""
        if not shutil.which(cls.program):
            return None
        words = [cls.program, "version" if cls.program in ("restic", "pach") else "--version"]
        lines = subprocess.run(words, capture_output=True, text=True).stdout.strip().split("\n")
        # pach prints a table.
        return " ".join(lines[-1].split()) if cls.program == "pach" else lines[0]

    def run(self, *words, cwd=None):
        """Runs a command; returns its seconds, processor seconds and peak memory in KiB."""
        with tempfile.TemporaryFile() as errors:
            start = time.monotonic()
            child = subprocess.Popen(words, cwd=cwd, env=self.environment, stdout=subprocess.DEVNULL, stderr=errors)
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
            seconds = time.monotonic() - start
            if child.returncode:
                errors.seek(0)
                raise RuntimeError(f"{' '.join(words)}: {errors.read().decode(errors='replace')}")
        return {"seconds": seconds, "processor_seconds": usage.ru_utime + usage.ru_stime, "peak_kib": usage.ru_maxrss}

    def size(self):
        """Bytes of the store on the disk."""
        return sum(
            os.lstat(os.path.join(folder, name)).st_blocks * 512
            for folder, _, files in os.walk(self.store) for name in files)

    def create(self):
        """Makes an empty store."""
        raise NotImplementedError

    def put(self):
        """Stores what is in `work` now."""
        raise NotImplementedError

    def restore(self, target):
        """Writes what was stored last to the folder `target`, which is not there yet."""
        raise NotImplementedError


def total(*runs):
    """Several commands as one."""
    return {
        "seconds": sum(run["seconds"] for run in runs),
        "processor_seconds": sum(run["processor_seconds"] for run in runs),
        "peak_kib": max(run["peak_kib"] for run in runs),
    }


class Pach(Peer):
    name = program = "pach"

    def create(self):
        self.run("pach", "create", "repo", "data", "--root", self.store)

    def put(self):
        return self.run("pach", "put", "file", "data@master:/", "-r", "-f", self.work, "--root", self.store)

    def restore(self, target):
        return self.run("pach", "get", "file", "data@master:/", "-r", "-o", target, "--root", self.store)


class Git(Peer):
    name = program = "git"
    remark = "core.fsync=all, core.fsyncMethod=batch; the index is not counted"

    def create(self):
        self.run("git", "init", "-q", self.work)
        for key, value in (("core.fsync", "all"), ("core.fsyncMethod", "batch"), ("gc.auto", "0"), ("user.name", "b"), ("user.email", "b")):
            self.run("git", "-C", self.work, "config", key, value)
        self.store = os.path.join(self.work, ".git")

    def put(self):
        return total(
            self.run("git", "-C", self.work, "add", "-A"), self.run("git", "-C", self.work, "commit", "-q", "--allow-empty", "-m", "put"))

    def size(self):
        index = os.path.join(self.store, "index")
        return super().size() - (os.lstat(index).st_blocks * 512 if os.path.exists(index) else 0)

    def restore(self, target):
        os.makedirs(target)
        return self.run("git", "-C", self.work, f"--work-tree={target}", "checkout", "-q", "-f", "HEAD", "--", ".")


class Restic(Peer):
    name = program = "restic"

    def create(self):
        self.environment["RESTIC_PASSWORD"] = "x"
        self.run("restic", "init", "-q", "-r", self.store)

    def put(self):
        return self.run("restic", "backup", "-q", "-r", self.store, ".", cwd=self.work)

    def restore(self, target):
        return self.run("restic", "restore", "-q", "-r", self.store, "latest", "--target", target)


class Borg(Peer):
    name = program = "borg"

    def create(self):
        self.environment["BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK"] = "yes"
        self.count = 0
        self.run("borg", "init", "-e", "none", self.store)

    def put(self):
        self.count += 1
        return self.run("borg", "create", f"{self.store}::{self.count}", ".", cwd=self.work)

    def restore(self, target):
        os.makedirs(target)
        return self.run("borg", "extract", f"{self.store}::{self.count}", cwd=target)


class Bup(Peer):
    name = program = "bup"
    remark = "does not sync"

    def create(self):
        self.environment["BUP_DIR"] = self.store
        self.run("bup", "init")

    def put(self):
        return total(self.run("bup", "index", self.work), self.run("bup", "save", "-q", "-n", "data", self.work))

    def restore(self, target):
        return self.run("bup", "restore", "-q", "-C", target, f"/data/latest{self.work}/.")


ALL = [Pach, Git, Restic, Borg, Bup]
