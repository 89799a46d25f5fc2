"""Reads a file, and writes one to the repo that is collected and to another, each on a connection of its own, first alone, then beside
'pach gc'; prints what each request took: probe.py PACH, in the folder that holds repos/"""

import http.client
import subprocess
import sys
import threading
import time

with open("repos/.pach/server") as note, open("repos/.pach/token") as secret:
    host = note.read().strip().split("//")[1]
    headers = {"Authorization": "Bearer " + secret.read().strip()}


def ask(kind, stop, times):
    connection = http.client.HTTPConnection(host)
    number = 0
    while not stop.is_set():
        begin = time.perf_counter()
        if kind == "read":
            path = "/v1/repos/in/commits/master/files/keep/d0000/f%03d" % (number % 1000)
            connection.request("GET", path, headers=headers)
        else:
            path = f"/v1/repos/{kind}/commits/master/files/probe"
            connection.request("PUT", path, body=b"%d" % time.time_ns(), headers=headers)
        response = connection.getresponse()
        response.read()
        assert response.status < 300, response.status
        times.append((time.perf_counter() - begin) * 1000)
        number += 1
        time.sleep(0.005)


def measure(label, work):
    stop = threading.Event()
    times = {kind: [] for kind in ("read", "in", "other")}
    threads = [threading.Thread(target=ask, args=(kind, stop, list)) for kind, list in times.items()]
    for thread in threads:
        thread.start()
    begin = time.perf_counter()
    output = work()
    seconds = time.perf_counter() - begin
    stop.set()
    for thread in threads:
        thread.join()
    for kind, list in times.items():
        list.sort()
        print(
            f"{label} {seconds:.1f} s, {kind}: {len(list)} requests, median {list[len(list) // 2]:.1f} ms, "
            f"p99 {list[int(len(list) * 0.99)]:.1f} ms, max {list[-1]:.1f} ms"
        )
    print(output, end="")


def collect():
    return subprocess.run([sys.argv[1], "--root", "repos", "gc"], capture_output=True, text=True).stdout


def idle():
    time.sleep(8)
    return ""


measure("idle", idle)
measure("gc", collect)
