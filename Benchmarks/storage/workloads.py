"""What is stored: the same bytes each time, whoever asks."""

import os
import random
import shutil
import statistics
import tempfile
import time


def small_files(folder, count=100_000, folders=100, mean=2048):
    """Files of words, 2 KiB on average, in folders of equal size."""
    source = random.Random(7)
    words = [bytes(source.choices(b"abcdefghijklmnopqrstuvwxyz", k=source.randint(2, 9))) for _ in range(3000)]
    for number in range(count):
        if number % (count // folders) == 0:
            parent = os.path.join(folder, f"d{number // (count // folders):02}")
            os.makedirs(parent)
        size = source.randint(mean // 10, mean * 19 // 10)
        text = b" ".join(source.choices(words, k=size // 6 + 1))[:size]
        with open(os.path.join(parent, f"f{number:06}.txt"), "wb") as file:
            file.write(text)


def ratings(path, size=2 << 30, seed=5):
    """Lines of `userId,movieId,rating,timestamp`, the users one after the other."""
    source = random.Random(seed)
    written, user = 0, 0
    with open(path, "w", buffering=1 << 22) as file:
        written += file.write("userId,movieId,rating,timestamp\n")
        while written < size:
            user += 1
            movie, time = 0, source.randint(789652009, 1700000000)
            lines = []
            for _ in range(source.randint(20, 400)):
                movie += source.randint(1, 400)
                time += source.randint(0, 90)
                lines.append(f"{user},{movie},{(source.getrandbits(4) % 10 + 1) / 2},{time}\n")
            written += file.write("".join(lines))


def stream_ratings(out, size, block=64 << 20):
    """The lines of `ratings`: a block of them, then the same with other digits for its digits, again and again, which is quicker than to
    make them, and as different for who cuts and compresses."""
    with tempfile.NamedTemporaryFile() as file:
        ratings(file.name, size=min(size, block))
        lines = file.read()
    source = random.Random(9)
    while size > 0:
        out.write(lines[:size])
        size -= len(lines)
        digits = list(b"0123456789")
        source.shuffle(digits)
        lines = lines.translate(bytes.maketrans(b"0123456789", bytes(digits)))


def noise(path, size=1 << 30):
    """Bytes that do not compress."""
    source = random.Random(11)
    with open(path, "wb") as file:
        for _ in range(size >> 20):
            file.write(source.randbytes(1 << 20))


def extend(path, source, size=1 << 20):
    """Appends the beginning of `source` to the file."""
    with open(source, "rb") as other, open(path, "ab") as file:
        file.write(other.read(size))


def insert(path, size=100):
    """Inserts bytes in the middle of the file, a piece at a time: a child's peak memory counts what its parent had."""
    end = os.path.getsize(path)
    middle = end // 2
    with open(path, "r+b") as file:
        while end > middle:
            start = max(middle, end - (1 << 20))
            file.seek(start)
            piece = file.read(end - start)
            file.seek(start + size)
            file.write(piece)
            end = start
        file.seek(middle)
        file.write(bytes(range(size)))


def change_some(folder, count=10):
    """Rewrites files all over the folder, each with other content of about the same length."""
    names = sorted(os.path.join(parent, name) for parent, _, files in os.walk(folder) for name in files)
    for number in range(count):
        path = names[number * len(names) // count]
        with open(path, "rb") as file:
            content = file.read()
        with open(path, "wb") as file:
            file.write(b"changed " + content[::-1])


def census(folder):
    """How many files there are below a folder, and their bytes; those that a system keeps for itself are not counted."""
    count = size = 0
    for parent, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            if not name.startswith(".") and not name.endswith(".dvc"):
                count, size = count + 1, size + os.stat(os.path.join(parent, name)).st_size
    return count, size


def flush(folder, count=50):
    """Milliseconds of one flush: 4 KiB appended, then fdatasync(2); the median."""
    path = os.path.join(folder, "flush")
    times = []
    with open(path, "ab", buffering=0) as file:
        for _ in range(count):
            start = time.monotonic()
            file.write(bytes(4096))
            os.fdatasync(file.fileno())
            times.append(time.monotonic() - start)
    os.remove(path)
    return 1000 * statistics.median(times)


def creation(folder, count=200):
    """Milliseconds to make an empty file, the mean."""
    place = os.path.join(folder, "creation")
    os.makedirs(place)
    start = time.monotonic()
    for number in range(count):
        os.close(os.open(os.path.join(place, str(number)), os.O_CREAT | os.O_WRONLY))
    taken = 1000 * (time.monotonic() - start) / count
    shutil.rmtree(place)
    return taken


def await_quick_creation(folder, usual, patience=400):
    """Waits until files are made as quickly as is usual again, within a factor of two, or `patience` seconds have passed.

    Where ext4 has no journal, it passes over each inode that was freed within the last five minutes (`recently_deleted` in fs/ext4/ialloc.c):
    after many files were removed, making one takes a thousand times as long.
    """
    end = time.monotonic() + patience
    while creation(folder) > 2 * usual and time.monotonic() < end:
        # The file system tells nobody; asking all the time would itself remove files all the time.
        time.sleep(1)
