"""The systems that are compared, each as its users would use it, everything that is reported done being on the disk."""

import http.client
import os
import shutil
import signal
import statistics
import subprocess
import tempfile
import threading
import time


class TooLong(Exception):
    """A command took more time than it may."""


class Peer:
    """A store in a folder of its own, and the folder `work` whose content is stored."""

    name = ""
    program = ""
    version_words = ["--version"]
    #: What differs from the others in what is on the disk when a command returns.
    remark = ""
    #: What it is measured with, where that is not everything.
    workloads = ()
    #: Seconds that a command may take.
    limit = 600

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
        words = [cls.program, *cls.version_words]
        lines = subprocess.run(words, capture_output=True, text=True).stdout.strip().split("\n")
        # pach prints a table.
        return " ".join(lines[-1].split()) if cls.program == "pach" else lines[0]

    def run(self, *words, cwd=None):
        """Runs a command; returns its seconds, processor seconds and peak memory in KiB."""
        with tempfile.TemporaryFile() as errors:
            start = time.monotonic()
            child = subprocess.Popen(words, cwd=cwd, env=self.environment, stdout=subprocess.DEVNULL, stderr=errors)
            alarm = threading.Timer(self.limit, child.kill)
            alarm.start()
            _, status, usage = os.wait4(child.pid, 0)
            alarm.cancel()
            child.returncode = os.waitstatus_to_exitcode(status)
            seconds = time.monotonic() - start
            if seconds > self.limit:
                raise TooLong(f"{' '.join(words)}: more than {self.limit} s")
            if child.returncode:
                errors.seek(0)
                raise RuntimeError(f"{' '.join(words)}: {errors.read().decode(errors='replace')}")
        return {"seconds": seconds, "processor_seconds": usage.ru_utime + usage.ru_stime, "peak_kib": usage.ru_maxrss}

    def size(self):
        """Bytes of the store on the disk."""
        return size_on_disk(self.store)

    def create(self):
        """Makes an empty store."""
        raise NotImplementedError

    def put(self):
        """Stores what is in `work` now."""
        raise NotImplementedError

    def restore(self, target):
        """Writes what was stored last to the folder `target`, which is not there yet."""
        raise NotImplementedError

    def restored(self, target):
        """The folder where `restore` wrote it."""
        return target

    def diff(self):
        """Lists the files in which the last two puts differ, in a program that runs already; None where that cannot be said of the system."""
        return None


def size_on_disk(top):
    """Bytes that the files below a folder take on the disk."""
    return sum(os.lstat(os.path.join(folder, name)).st_blocks * 512 for folder, _, files in os.walk(top) for name in files)


def repeated(body, count=50):
    """The median of the seconds of several calls; their processor time and memory are not known."""
    times = []
    for _ in range(count):
        start = time.monotonic()
        body()
        times.append(time.monotonic() - start)
    return {"seconds": statistics.median(times), "processor_seconds": None, "peak_kib": None}


def total(*runs):
    """Several commands as one."""
    return {
        "seconds": sum(run["seconds"] for run in runs),
        "processor_seconds": sum(run["processor_seconds"] for run in runs),
        "peak_kib": max(run["peak_kib"] for run in runs),
    }


class Pach(Peer):
    name = program = "pach"
    version_words = ["version"]
    remark = "a diff is asked of a server, and counts the request and its JSON as well"

    def create(self):
        self.run("pach", "create", "repo", "data", "--root", self.store)

    def put(self):
        return self.run("pach", "put", "file", "data@master:/", "-r", "-f", self.work, "--root", self.store)

    def restore(self, target):
        return self.run("pach", "get", "file", "data@master:/", "-r", "-o", target, "--root", self.store)

    def diff(self):
        words = ["pach", "serve", "--listen", "127.0.0.1:0", "--root", self.store]
        server = subprocess.Popen(words, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            note = os.path.join(self.store, ".pach", "server")
            # Nothing is timed yet. The server makes the file when it listens, and says so in no other way.
            while not os.path.exists(note):
                if server.poll() is not None:
                    raise RuntimeError("pach serve ended")
                time.sleep(0.01)
            with open(note) as address, open(os.path.join(self.store, ".pach", "token")) as secret:
                connection = http.client.HTTPConnection(address.read().strip().split("//")[1])
                headers = {"Authorization": "Bearer " + secret.read().strip()}

            def ask():
                connection.request("GET", "/v1/repos/data/commits/master/diff", headers=headers)
                response = connection.getresponse()
                lines = response.read().count(b'"new_file"')
                if response.status != 200 or lines == 0:
                    raise RuntimeError(f"the diff: {response.status}, {lines} files")

            return repeated(ask)
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait()


class Git(Peer):
    name = program = "git"
    remark = "core.fsync=all, core.fsyncMethod=batch; the index is not counted; a diff is diff-tree -r less --version"

    def create(self):
        for who in ("AUTHOR", "COMMITTER"):
            self.environment.update({f"GIT_{who}_NAME": "b", f"GIT_{who}_EMAIL": "b@localhost"})
        self.run("git", "init", "-q", self.work)
        for key, value in (("core.fsync", "all"), ("core.fsyncMethod", "batch"), ("gc.auto", "0")):
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

    def diff(self):
        whole = repeated(lambda: self.run("git", "-C", self.work, "diff-tree", "-r", "HEAD~1", "HEAD"))
        start = repeated(lambda: self.run("git", "--version"))
        return dict(whole, seconds=whole["seconds"] - start["seconds"])


class GitLFS(Git):
    name = "git-lfs"
    program = "git-lfs"
    remark = "all files in LFS, which does not sync them; Git's own are"

    def create(self):
        super().create()
        self.run("git", "-C", self.work, "lfs", "install", "--local")
        with open(os.path.join(self.store, "info", "attributes"), "w") as file:
            file.write("* filter=lfs diff=lfs merge=lfs -text\n")

    def diff(self):
        return None


class GitAnnex(Git):
    name = "git-annex"
    program = "git-annex"
    version_words = ["version"]
    remark = "all files in the annex, unlocked; its databases are synced, the files are not; restored by a clone and get"

    def create(self):
        super().create()
        self.run("git", "-C", self.work, "annex", "init", "-q")
        self.run("git", "-C", self.work, "config", "annex.addunlocked", "true")
        self.run("git", "-C", self.work, "config", "annex.largefiles", "anything")

    def put(self):
        return total(
            self.run("git", "-C", self.work, "annex", "add", "-q", "."),
            self.run("git", "-C", self.work, "commit", "-q", "--allow-empty", "-m", "put"))

    def restore(self, target):
        return total(
            self.run("git", "clone", "-q", self.work, target), self.run("git", "annex", "get", "-q", ".", cwd=target))

    def diff(self):
        return None


class Restic(Peer):
    name = program = "restic"
    version_words = ["version"]

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

    def create(self):
        self.environment["BUP_DIR"] = self.store
        self.run("bup", "init")

    def put(self):
        return total(self.run("bup", "index", self.work), self.run("bup", "save", "-q", "-n", "data", self.work))

    def restore(self, target):
        return self.run("bup", "restore", "-q", "-C", target, f"/data/latest{self.work}/.")


class InPlace(Peer):
    """One that restores where the files were: what is there is moved away first."""

    def restore(self, target):
        names = [name for name in os.listdir(self.work) if not name.startswith(".") and not name.endswith(".dvc")]
        os.makedirs(target)
        for name in names:
            os.rename(os.path.join(self.work, name), os.path.join(target, name))
        return self.restore_in_place(names)

    def restored(self, target):
        return self.work


class DVC(InPlace):
    name = program = "dvc"
    remark = "copies to a cache, without Git; its databases are synced, the files are not"

    def create(self):
        self.run("dvc", "init", "-q", "--no-scm", cwd=self.work)
        self.run("dvc", "config", "core.analytics", "false", cwd=self.work)
        self.store = os.path.join(self.work, ".dvc")

    def put(self):
        names = [name for name in os.listdir(self.work) if not name.startswith(".") and not name.endswith(".dvc")]
        return self.run("dvc", "add", "-q", *names, cwd=self.work)

    def restore_in_place(self, names):
        return self.run("dvc", "checkout", "-q", cwd=self.work)


class Oxen(InPlace):
    """PyPI has the library for Python alone, so starting Python and loading it is counted."""

    name = "oxen"
    program = "python-with-oxen"
    version_words = ["-c", "import importlib.metadata as m; print('oxen', m.version('oxenai'))"]
    remark = "by its Python library, whose loading counts"

    def script(self, text):
        return self.run(self.program, "-c", f"import oxen\nrepo = oxen.Repo('.')\n{text}", cwd=self.work)

    def create(self):
        self.script("oxen.user.config_user('b', 'b@localhost')\nrepo.init()")
        self.store = os.path.join(self.work, ".oxen")

    def put(self):
        return self.script("repo.add('.')\nrepo.commit('put')")

    def restore_in_place(self, names):
        return self.script("\n".join(f"repo.restore({name!r})" for name in names))


class Copy(Peer):
    """No store: what it takes to write the bytes as they are."""

    name = program = "cp"
    remark = "cp -r, then sync"

    def create(self):
        os.makedirs(self.store)
        self.copies = 0

    def copy(self, source, target):
        return self.run("sh", "-c", 'cp -r "$1" "$2" && sync', "sh", source, target)

    def put(self):
        self.copies += 1
        return self.copy(self.work, self.copy_path())

    def restore(self, target):
        return self.copy(self.copy_path(), target)

    def copy_path(self):
        return os.path.join(self.store, str(self.copies))


ALL = [Pach, Copy, Git, GitLFS, GitAnnex, Restic, Borg, Bup, DVC, Oxen]
