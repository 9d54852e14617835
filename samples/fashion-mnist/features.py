#!/usr/bin/env python3
"""Makes features of Fashion-MNIST (Xiao, Rasul, Vollgraf, 2017) for dml fit: the pixels themselves.

    apt-get install dataset-fashion-mnist python3-numpy
    python3 features.py /usr/share/datasets/fashion-mnist fashion.npz

The 60,000 training pictures are 784 numbers each; classes 0 to 5 are trained on, 6 to 9 tested on.
"""
import os
import sys

import numpy as np

from images import NAMES, TRAINING_CLASSES, values


def main(source, target):
    pixels, (count, height, width) = values(os.path.join(source, "train-images-idx3-ubyte.gz"), 0x803)
    labels = np.frombuffer(values(os.path.join(source, "train-labels-idx1-ubyte.gz"), 0x801)[0], np.uint8)
    features = (np.frombuffer(pixels, np.uint8).reshape(count, height * width) / 255).astype(np.float16)
    np.savez(target, features=features, labels=np.array(NAMES)[labels], split=np.where(labels < TRAINING_CLASSES, "train", "test"))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2])
