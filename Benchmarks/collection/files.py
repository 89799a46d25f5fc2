"""Writes COUNT small files of numbers, a thousand to a folder, the same for the same SEED: files.py SEED FOLDER COUNT"""

import os
import random
import sys

seed, base, count = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
numbers = random.Random(seed)
for folder in range(count // 1000):
    path = f"{base}/d{folder:04}"
    os.makedirs(path)
    for file in range(1000):
        with open(f"{path}/f{file:03}", "wb") as output:
            output.write(b"%d," % numbers.getrandbits(64) * numbers.randint(4, 40))
