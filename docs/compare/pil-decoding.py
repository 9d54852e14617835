"""Pillow's throughput on the files that `Dml.Bench images COLUMNS ROWS FOLDER` keeps: decoded, the shorter side resized to 288, a centre crop of 256,
normalised as torchvision does. One and two processes; in full, and with Pillow's own scaled decoding (draft)."""
import glob
import sys
import time
from multiprocessing import Pool

import numpy
from PIL import Image

MEAN = numpy.array([0.485, 0.456, 0.406], numpy.float32)
STD = numpy.array([0.229, 0.224, 0.225], numpy.float32)


def view(job):
    file, draft = job
    image = Image.open(file)
    width, height = image.size
    size = (288 * width // min(width, height), 288 * height // min(width, height))
    if draft:
        image.draft("RGB", (2 * size[0], 2 * size[1]))
    image = image.convert("RGB").resize(size, Image.BILINEAR)
    left, top = round((size[0] - 256) / 2), round((size[1] - 256) / 2)
    pixels = numpy.asarray(image.crop((left, top, left + 256, top + 256)), numpy.float32)
    return float(((pixels / 255 - MEAN) / STD).transpose(2, 0, 1).copy()[0, 0, 0])


if __name__ == "__main__":
    files = sorted(glob.glob(f"{sys.argv[1]}/*.jpg"))
    for draft in (False, True):
        for processes in (1, 2):
            with Pool(processes) as pool:
                jobs = [(file, draft) for file in files]
                pool.map(view, jobs)
                start = time.perf_counter()
                for _ in range(3):
                    pool.map(view, jobs, chunksize=4)
                rate = 3 * len(files) / (time.perf_counter() - start)
            print(f"Pillow, {'scaled' if draft else 'in full'}, {processes} process{'es' if processes > 1 else ''}: {rate:.0f} images/s")
