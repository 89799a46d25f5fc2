"""Writes COUNT small files of numbers, the same for the same SEED, a thousand to a folder and a hundred folders to one above:
files.py SEED FOLDER COUNT"""

import os
import random
import sys

seed, base, count = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
numbers = random.Random(seed)
for folder in range(count // 1000):
    path = f"{base}/p{folder // 100:02}/d{folder % 100:02}"
    os.makedirs(path)
    for file in range(1000):
        with open(f"{path}/f{file:03}", "wb") as output:
            output.write(b"%d," % numbers.getrandbits(64) * numbers.randint(4, 40))
