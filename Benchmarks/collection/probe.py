"""Reads a file, and writes one to the repo that is collected and to another, each in a process of its own on a connection of its own: alone,
beside 'pach gc', beside check-outs of 20,000 files, and beside another program that writes as many, which shows what is the disk's; prints
what the requests of each took.

    probe.py PACH FOLDER        the program, and the folder that is served

A request is due every 20 ms, whether the one before was answered or not, and its time counts from when it was due: who waits long makes
those behind him wait as well, as it would be with other clients.
"""

import http.client
import multiprocessing
import os
import subprocess
import sys
import time

pach, folder = sys.argv[1:]
INTERVAL = 0.02
KINDS = {"read": "read a file of that repo", "in": "commit a file to it", "other": "commit a file to another repo"}

with open(f"{folder}/.pach/server") as note, open(f"{folder}/.pach/token") as secret:
    host = note.read().strip().split("//")[1]
    headers = {"Authorization": "Bearer " + secret.read().strip()}


def ask(kind, stop, pipe):
    """Sends requests until `stop` is set, then the milliseconds that each took down the pipe."""
    connection = http.client.HTTPConnection(host)
    times = []
    due = time.perf_counter()
    while not stop.is_set():
        if kind == "read":
            path = "/v1/repos/in/commits/master/files/keep/p00/d00/f%03d" % (len(times) % 1000)
            connection.request("GET", path, headers=headers)
        else:
            path = f"/v1/repos/{kind}/commits/master/files/probe"
            connection.request("PUT", path, body=b"%d" % time.time_ns(), headers=headers)
        response = connection.getresponse()
        response.read()
        assert response.status < 300, response.status
        now = time.perf_counter()
        times.append((now - due) * 1000)
        due += INTERVAL
        time.sleep(max(0, due - now))
    pipe.send(times)


def measure(label, work):
    stop = multiprocessing.Event()
    clients = []
    for kind in KINDS:
        receiver, sender = multiprocessing.Pipe()
        process = multiprocessing.Process(target=ask, args=(kind, stop, sender))
        process.start()
        clients.append((kind, process, receiver))
    begin = time.perf_counter()
    work()
    seconds = time.perf_counter() - begin
    stop.set()
    for kind, process, receiver in clients:
        times = sorted(receiver.recv())
        process.join()
        middle, high = times[len(times) // 2], times[int(len(times) * 0.99)]
        print(
            f"{label}, {seconds:.1f} s: {KINDS[kind]}: {len(times)} requests, median {middle:.1f} ms, p99 {high:.1f} ms, max {times[-1]:.1f} ms",
            flush=True)


def run(*words):
    return lambda: subprocess.run([pach, "--root", folder, *words], check=True)


def check_out():
    for number in range(20):
        run("get", "file", f"in@master:/keep/p00/d{number:02}", "-r", "-o", f"checked-out/{number}")()


def write_files():
    subprocess.run([sys.executable, os.path.join(os.path.dirname(__file__), "files.py"), "3", "written", "20000"], check=True)


def nothing():
    """Is the clients' time alone: how long it is measured, not a wait for anything."""
    time.sleep(10)


measure("alone", nothing)
measure("beside gc", run("gc"))
measure("alone", nothing)
measure("beside check-outs", check_out)
measure("beside a program that writes files", write_files)
measure("alone", nothing)
