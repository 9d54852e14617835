#!/usr/bin/env python3
"""Makes images and a table of Fashion-MNIST (Xiao, Rasul, Vollgraf, 2017) for the dataset csv.

    apt-get install dataset-fashion-mnist
    python3 images.py /usr/share/datasets/fashion-mnist data/fashion-mnist

The 60,000 training pictures become PGM files, and fashion.csv says path, label and split: classes 0 to 5 are trained on, 6 to 9 tested on.
"""
import csv
import gzip
import os
import sys

NAMES = ["T-shirt", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"]
TRAINING_CLASSES = 6


def values(path, magic):
    """The bytes of an idx file behind its header, and its dimensions."""
    with gzip.open(path) as file:
        data = file.read()
    count = data[3]
    if int.from_bytes(data[:4], "big") != magic:
        sys.exit(f"{path}: expected an idx file that begins with {magic}, found {int.from_bytes(data[:4], 'big')}")
    dimensions = [int.from_bytes(data[4 + 4 * i: 8 + 4 * i], "big") for i in range(count)]
    return data[4 + 4 * count:], dimensions


def main(source, target):
    pixels, (count, height, width) = values(os.path.join(source, "train-images-idx3-ubyte.gz"), 0x803)
    labels, _ = values(os.path.join(source, "train-labels-idx1-ubyte.gz"), 0x801)
    size = height * width
    with open(os.path.join(target, "fashion.csv"), "w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["path", "label", "split"])
        for i in range(count):
            name = NAMES[labels[i]]
            path = f"{name}/{i:05}.pgm"
            os.makedirs(os.path.join(target, name), exist_ok=True)
            with open(os.path.join(target, path), "wb") as image:
                image.write(b"P5\n%d %d\n255\n" % (width, height) + pixels[i * size: (i + 1) * size])
            table.writerow([path, name, "train" if labels[i] < TRAINING_CLASSES else "test"])


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    os.makedirs(sys.argv[2], exist_ok=True)
    main(sys.argv[1], sys.argv[2])
