"""A door from Python to dml: writes the features files that it reads, runs it, and gives back arrays.

One file that needs numpy; torch only where a model, a tensor or a loss of torch is given. See docs/python.md.

    from dml_features import Dml, save_features

    saved = save_features("mine.safetensors", train=(f, y), test=(g, z), head=(weight, bias), proxies=proxies, loss="proxy-nca-pp")
    answer = Dml("dml").influence(saved, pairs="all")
    answer.scores                      # (T, N): harm > 0 means that training on the sample makes the error worse

Mistakes of the caller are a FeaturesError, what dml says to be wrong is a DmlError; both hold one sentence.
"""
from __future__ import annotations

import json
import math
import os
import re
import shlex
import shutil
import struct
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

__all__ = [
    "Audit", "Dml", "DmlError", "Errors", "FeaturesError", "Fit", "Influence", "LossMapping", "Saved", "Suspect", "load_safetensors", "loss_of",
    "loss_value", "relabels", "save_features", "save_safetensors",
]


class FeaturesError(ValueError):
    """What was given does not fit; one sentence."""


class DmlError(RuntimeError):
    """dml ended with an exit code other than 0.

    sentence: what it said, one sentence; exit_code: 1 for wrong input, 70 for a defect of dml; command: the arguments it was started with.
    """

    def __init__(self, sentence, exit_code, command):
        super().__init__(sentence)
        self.sentence, self.exit_code, self.command = sentence, exit_code, list(command)


# ---------------------------------------------------------------------------------------------------------------------------- safetensors

_DTYPES = {
    "F64": np.float64, "F32": np.float32, "F16": np.float16, "I64": np.int64, "I32": np.int32, "I16": np.int16, "I8": np.int8,
    "U64": np.uint64, "U32": np.uint32, "U16": np.uint16, "U8": np.uint8, "BOOL": np.bool_,
}
_NAMES = {np.dtype(dtype): name for name, dtype in _DTYPES.items()}
_IDS = ".ids.json"
# Readers take headers of up to 100 MB; longer lists of texts stand in FILE.ids.json.
_LARGEST_METADATA = 16 << 20


def _is_torch(value):
    return type(value).__module__.split(".")[0] == "torch" or hasattr(value, "detach")


def _stored(value):
    """The dtype's name, the shape and the bytes of an array or tensor; bfloat16, which numpy does not know, as it is."""
    if _is_torch(value):
        value = value.detach().cpu().contiguous()
        if str(value.dtype) == "torch.bfloat16":
            import torch

            return "BF16", tuple(value.shape), value.view(torch.int16).numpy().astype("<i2").tobytes()
        value = value.numpy()
    array = np.asarray(value)
    name = _NAMES.get(array.dtype.newbyteorder("="))
    if name is None:
        raise FeaturesError(f"expected numbers of {', '.join(sorted(_DTYPES))}, found {array.dtype}; convert them.")
    return name, array.shape, np.ascontiguousarray(array, array.dtype.newbyteorder("<")).tobytes()


def save_safetensors(path, tensors, metadata=None):
    """Writes arrays or tensors under their names, and texts as metadata. The file is complete or absent."""
    header, chunks, at = {}, [], 0
    if metadata:
        header["__metadata__"] = {str(key): str(text) for key, text in sorted(metadata.items())}
    for name, value in tensors.items():
        dtype, shape, data = _stored(value)
        header[name] = {"dtype": dtype, "shape": [int(size) for size in shape], "data_offsets": [at, at + len(data)]}
        chunks.append(data)
        at += len(data)
    text = json.dumps(header, separators=(",", ":")).encode()
    # The data begins at a multiple of 64, as numpy's own files do: mapped at another place, matrix products may round the last digit otherwise.
    text += b" " * (-(8 + len(text)) % 64)
    path = Path(path)
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    try:
        with open(partial, "wb") as file:
            file.write(struct.pack("<Q", len(text)) + text)
            for data in chunks:
                file.write(data)
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def _header(file, path):
    start = file.read(8)
    length = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
    if not 2 <= length <= 100_000_000:
        raise FeaturesError(f"{path}: expected a safetensors file, found another beginning; give one.")
    try:
        header = json.loads(file.read(length))
    except ValueError as error:
        raise FeaturesError(f"{path}: expected a safetensors file, found a header that is no JSON ({error}); write it anew.") from error
    return header.pop("__metadata__", {}), header, 8 + length


def load_safetensors(path, names=None):
    """Reads a file: a dictionary of arrays (those of names, or all) and the metadata. bfloat16 becomes float32."""
    arrays = {}
    with open(path, "rb") as file:
        metadata, header, start = _header(file, path)
        for name in header if names is None else names:
            if name not in header:
                raise FeaturesError(f"{path}: expected {name}, found {', '.join(sorted(header)) or 'no array'}.")
            entry = header[name]
            begin, end = entry["data_offsets"]
            file.seek(start + begin)
            data = file.read(end - begin)
            if len(data) != end - begin:
                raise FeaturesError(f"{path}: expected {end - begin} bytes of {name}, found {len(data)}; the file was cut off, write it anew.")
            if entry["dtype"] == "BF16":
                array = (np.frombuffer(data, "<u2").astype(np.uint32) << 16).view(np.float32)
            elif entry["dtype"] in _DTYPES:
                array = np.frombuffer(data, np.dtype(_DTYPES[entry["dtype"]]).newbyteorder("<")).astype(_DTYPES[entry["dtype"]])
            else:
                raise FeaturesError(f"{path}: expected {name} in a dtype of {', '.join(_DTYPES)} or BF16, found {entry['dtype']}.")
            arrays[name] = array.reshape(entry["shape"])
    return arrays, metadata


# --------------------------------------------------------------------------------------------------------------------------------- losses


@dataclass
class LossMapping:
    """A loss of dml that stands for one of another library.

    name: of dml's loss; settings: its options; proxies: (C K, E), row class * K + k, or None for a loss of pairs; centers: K; notes: what to know.
    """

    name: str
    settings: dict
    proxies: np.ndarray | None = None
    centers: int = 1
    notes: list = field(default_factory=list)

    @property
    def arguments(self):
        """The command line's arguments: --loss NAME and a --set for each option."""
        return ["--loss", self.name, *_set({f"loss.{key}": value for key, value in self.settings.items()})]

    def __str__(self):
        return shlex.join(self.arguments)


def _array(value):
    """An array in float64 of whatever is like one."""
    if _is_torch(value):
        value = value.detach().cpu().float().numpy() if str(value.dtype) == "torch.bfloat16" else value.detach().cpu().numpy()
    return np.asarray(value)


def _attribute(loss, name):
    if not hasattr(loss, name):
        raise FeaturesError(f"{type(loss).__name__}: expected the attribute {name}, found none; give proxies= and loss=NAME instead.")
    value = getattr(loss, name)
    return value.item() if hasattr(value, "item") else value


def _weights(loss, name, transposed):
    """Proxies as rows: W and fc of version 2 of pytorch-metric-learning are (E, C K); weight of version 3 is (C K, E), proxies (C, E)."""
    if hasattr(loss, name):
        weights = _array(getattr(loss, name))
        return np.ascontiguousarray(weights.T) if transposed else weights
    return _array(loss.weight) if hasattr(loss, "weight") else _array(_attribute(loss, name))


def _arcface(loss):
    # The attribute is in radians, although version 2 is constructed with degrees.
    return LossMapping("arcface", {"scale": float(_attribute(loss, "scale")), "margin": float(_attribute(loss, "margin"))}, _weights(loss, "W", True))


def _subcenter(loss):
    centers, plain = int(_attribute(loss, "sub_centers")), _arcface(loss)
    return LossMapping("subcenter-arcface", {"centers": centers, **plain.settings}, plain.proxies, centers)


def _cosface(loss):
    return LossMapping("cosface", {"scale": float(_attribute(loss, "scale")), "margin": float(_attribute(loss, "margin"))}, _weights(loss, "W", True))


def _normalized_softmax(loss):
    return LossMapping("norm-softmax", {"temperature": float(_attribute(loss, "temperature"))}, _weights(loss, "W", True))


def _proxy_anchor(loss):
    settings = {"scale": float(_attribute(loss, "alpha")), "margin": float(_attribute(loss, "margin"))}
    return LossMapping("proxy-anchor", settings, _weights(loss, "proxies", False))


def _proxy_nca(loss):
    # exp(-s |x - p|^2) of unit vectors: here they have the length sqrt(s).
    settings = {"scale": math.sqrt(_attribute(loss, "softmax_scale")), "ownInDenominator": True}
    return LossMapping("proxy-nca", settings, _weights(loss, "proxies", False))


def _soft_triple(loss):
    centers, gamma = int(_attribute(loss, "centers_per_class")), float(_attribute(loss, "gamma"))
    # Version 2 keeps 1 / gamma under this name.
    settings = {"centers": centers, "scale": float(_attribute(loss, "la")), "gamma": 1 / gamma, "margin": float(_attribute(loss, "margin")), "tau": 0.0}
    if type(getattr(loss, "weight_regularizer", None)).__name__ == "SparseCentersRegularizer":
        settings["tau"] = float(_attribute(loss, "weight_reg_weight"))
    return LossMapping("softtriple", settings, _weights(loss, "fc", True), centers)


def _triplet(loss):
    if getattr(loss, "swap", False) or getattr(loss, "triplets_per_anchor", "all") != "all":
        raise FeaturesError(
            f"{type(loss).__name__}: expected swap=False and triplets_per_anchor=\"all\", found others, which no loss of dml has; leave loss= out.")
    return LossMapping("triplet", {"margin": float(_attribute(loss, "margin")), "soft": bool(getattr(loss, "smooth_loss", False))})


def _contrastive(loss):
    settings = {"positiveMargin": float(_attribute(loss, "pos_margin")), "negativeMargin": float(_attribute(loss, "neg_margin")), "squared": False}
    return LossMapping("contrastive", settings)


def _multi_similarity(loss):
    names = {"positiveScale": "alpha", "negativeScale": "beta", "base": "base"}
    settings = {ours: float(_attribute(loss, theirs)) for ours, theirs in names.items()}
    return LossMapping("multi-similarity", {**settings, "epsilon": None}, notes=[
        "a MultiSimilarityMiner is a part of its own: where one was used, set loss.epsilon to its epsilon"])


def _circle(loss):
    return LossMapping("circle", {"margin": float(_attribute(loss, "m")), "scale": float(_attribute(loss, "gamma"))}, notes=[
        "the value is the same; the gradient here is that of the value, while pytorch-metric-learning holds two factors of it constant"])


def _lifted(loss):
    if getattr(loss, "pos_margin", 0) != 0:
        raise FeaturesError(f"{type(loss).__name__}: expected pos_margin=0, found {loss.pos_margin}, which no loss of dml has; leave loss= out.")
    return LossMapping("lifted-structure", {"margin": float(_attribute(loss, "neg_margin")), "scale": 1.0, "generalized": True})


def _temperature(name):
    return lambda loss: LossMapping(name, {"temperature": float(_attribute(loss, "temperature"))})


_LOSSES = {
    "ArcFaceLoss": _arcface, "SubCenterArcFaceLoss": _subcenter, "CosFaceLoss": _cosface, "NormalizedSoftmaxLoss": _normalized_softmax,
    "ProxyAnchorLoss": _proxy_anchor, "ProxyNCALoss": _proxy_nca, "SoftTripleLoss": _soft_triple, "TripletMarginLoss": _triplet,
    "ContrastiveLoss": _contrastive, "MultiSimilarityLoss": _multi_similarity, "SupConLoss": _temperature("supcon"),
    "NTXentLoss": _temperature("ntxent"), "CircleLoss": _circle, "GeneralizedLiftedStructureLoss": _lifted,
}


def loss_of(loss, embeddings=None, labels=None):
    """The LossMapping of a loss of pytorch-metric-learning, versions 2 and 3, known by the name of its class.

    Where the loss can be called and embeddings (N, E) with their class numbers (N) are given, it is: a distance, reducer or regularizer that makes
    its value another one than that of dml's loss is then an error. What depends on the proxies alone does not count, since it moves no score.
    Raises FeaturesError where dml has no such loss.
    """
    mapping = _mapped(loss)
    _hold(mapping, loss, embeddings, labels)
    return mapping


def _mapped(loss):
    """By name and attributes alone."""
    # A class of one's own may derive from a loss; one of the library that does so is another loss.
    kinds = type(loss).__mro__[:1] if type(loss).__module__.startswith("pytorch_metric_learning") else type(loss).__mro__
    name = next((c.__name__ for c in kinds if c.__name__ in _LOSSES), None)
    if name is None:
        within = getattr(loss, "loss", None)
        remedy = f"give what it wraps, its {type(within).__name__}" if type(within).__name__ in _LOSSES else (
            "give proxies= and the NAME of one as loss=, or save features without a head for dml fit")
        raise FeaturesError(f"expected a loss that dml has ({', '.join(sorted(_LOSSES))}), found {type(loss).__name__}; {remedy}.")
    mapping = _LOSSES[name](loss)
    if mapping.name in ("arcface", "subcenter-arcface") and not 0 <= mapping.settings["margin"] <= 1.5:
        raise FeaturesError(f"{name}: expected a margin from 0 to 1.5 radians, found {mapping.settings['margin']:g}, which dml does not take.")
    if getattr(loss, "weight_regularizer", None) is not None and not mapping.settings.get("tau"):
        mapping.notes.append("its regularizer of the proxies is left out: it moves no score")
    return mapping


def _hold(mapping, loss, embeddings, labels):
    """Holds a mapping to the loss's own value, where there is something to call it with."""
    # Version 3 of SoftTriple may keep gamma itself; which of the two it is shows in the value alone.
    unclear = mapping.name == "softtriple" and not hasattr(loss, "fc")
    if not callable(loss) or embeddings is None:
        if unclear:
            raise FeaturesError(
                f"{type(loss).__name__}: expected a loss that can be called on embeddings, to see what its gamma means, found none; "
                "give proxies= and loss=\"softtriple\" with settings=.")
        return
    batches = list(_batches(np.asarray(embeddings, np.float64), np.asarray(labels)))
    theirs = [_call(loss, *batch) for batch in batches]
    if unclear and not _agree(mapping, loss, batches, theirs)[0]:
        mapping.settings["gamma"] = 1 / mapping.settings["gamma"]
    agree, ours = _agree(mapping, loss, batches, theirs)
    if not agree:
        raise FeaturesError(
            f"{type(loss).__name__}: expected the value of dml's {mapping.name} on {len(batches[0][1])} training samples, {ours[0]:.6g}, "
            f"found {theirs[0]:.6g}; its distance, reducer or embedding regularizer is another one, or the labels are not in the order of its proxies.")


def _batches(embeddings, labels):
    """Two small batches of up to eight classes, with pairs in each."""
    order = np.argsort(labels, kind="stable")
    groups = [group for group in np.split(order, np.flatnonzero(np.diff(labels[order])) + 1) if len(group) > 1][:8] or [order]
    first, second = [np.concatenate([g[:4] for g in groups]), np.concatenate([g[-4:] for g in groups[::-1][:5]])]
    return [(embeddings[rows], labels[rows]) for rows in (first, second)]


def _call(loss, embeddings, labels):
    import torch

    parameter = next(iter(loss.parameters()), None) if hasattr(loss, "parameters") else None
    like = parameter if parameter is not None else torch.zeros(())
    with torch.no_grad():
        # In the dtype of its weights, since the losses of version 2 convert these to the dtype of what they get.
        return float(loss(torch.as_tensor(embeddings).to(device=like.device, dtype=like.dtype), torch.as_tensor(labels, device=like.device)))


def _agree(mapping, loss, batches, theirs):
    ours = [loss_value(mapping.name, mapping.settings, *batch, mapping.proxies) for batch in batches]
    near = 1e-3 * max(1.0, *map(abs, theirs), *map(abs, ours))
    if getattr(loss, "weight_regularizer", None) is not None:
        return abs((ours[0] - ours[1]) - (theirs[0] - theirs[1])) <= near, ours
    return all(abs(a - b) <= near for a, b in zip(ours, theirs)), ours


def _unit(rows):
    return rows / np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), 1e-12)


def _logsumexp(values, mask=None, axis=-1):
    """log(sum(exp)) over what the mask keeps; -inf where it keeps nothing."""
    if mask is not None:
        values = np.where(mask, values, -np.inf)
    top = np.max(values, axis=axis, keepdims=True)
    top = np.where(np.isfinite(top), top, 0)
    with np.errstate(divide="ignore"):
        return np.log(np.sum(np.exp(values - top), axis=axis)) + np.squeeze(top, axis)


def _mean_of_positive(values):
    values = values[values > 0]
    return float(values.mean()) if len(values) else 0.0


def loss_value(name, settings, embeddings, labels, proxies=None, per_sample=False):
    """The value of a dml loss on a batch, in numpy and float64, for checks; without a regulariser.

    embeddings: (N, E); labels: (N) class numbers; proxies: (C K, E). per_sample gives (N) values of a loss that is a mean of samples.
    """
    e, y = _unit(np.asarray(embeddings, np.float64)), np.asarray(labels).astype(np.int64)
    if proxies is None:
        return _pair_loss(name, settings, e, y)
    rows = np.arange(len(y))
    cosines = e @ _unit(np.asarray(proxies, np.float64)).T
    if settings.get("centers", 1) > 1 or name == "softtriple":
        cosines = cosines.reshape(len(y), -1, settings.get("centers", 1))
    if name == "subcenter-arcface":
        cosines = cosines.max(axis=2) if cosines.ndim == 3 else cosines
    elif name == "softtriple":
        weights = np.exp(cosines / settings["gamma"] - _logsumexp(cosines / settings["gamma"])[..., None])
        cosines = (weights * cosines).sum(axis=2)
    if name == "proxy-anchor":
        own = y[:, None] == np.arange(cosines.shape[1])
        softplus = lambda x: np.logaddexp(0, x)  # noqa: E731
        positive = softplus(_logsumexp(-settings["scale"] * (cosines - settings["margin"]), own, axis=0))
        negative = softplus(_logsumexp(settings["scale"] * (cosines + settings["margin"]), ~own, axis=0))
        return float(positive.sum() / own.any(axis=0).sum() + negative.mean())
    logits, own = cosines.copy(), cosines[rows, y]
    if name in ("arcface", "subcenter-arcface"):
        margin, angle = settings["margin"], np.arccos(np.clip(own, -1, 1))
        logits[rows, y] = np.where(angle <= np.pi - margin, np.cos(angle + margin), own - margin * np.sin(margin))
    elif name in ("cosface", "softtriple"):
        logits[rows, y] = own - settings["margin"]
    if name in ("arcface", "subcenter-arcface", "cosface", "softtriple"):
        logits *= settings["scale"]
    elif name == "norm-softmax":
        logits /= settings["temperature"]
    elif name == "proxy-nca-pp" or (name == "proxy-nca" and settings["ownInDenominator"]):
        logits *= 2 * settings["scale"] ** 2
    else:
        raise FeaturesError(f"expected a loss whose value is known here, found {name}.")
    values = _logsumexp(logits) - logits[rows, y]
    return values if per_sample else float(values.mean())


def _pair_loss(name, settings, e, y):
    cosines = e @ e.T
    distances = np.sqrt(np.maximum(2 - 2 * cosines, 0))
    other = ~np.eye(len(y), dtype=bool)
    positive, negative = (y[:, None] == y) & other, y[:, None] != y
    if name == "contrastive":
        pull, push = distances - settings["positiveMargin"], settings["negativeMargin"] - distances
        return _mean_of_positive(pull[positive]) + _mean_of_positive(push[negative])
    if name == "triplet":
        gaps = (distances[:, :, None] - distances[:, None, :] + settings["margin"])[positive[:, :, None] & negative[:, None, :]]
        return _mean_of_positive(np.logaddexp(0, gaps) if settings["soft"] else np.maximum(gaps, 0))
    if name == "multi-similarity":
        a, b = settings["positiveScale"], settings["negativeScale"]
        pull = np.logaddexp(0, _logsumexp(-a * (cosines - settings["base"]), positive)) / a
        return float((pull + np.logaddexp(0, _logsumexp(b * (cosines - settings["base"]), negative)) / b).mean())
    if name == "supcon":
        logs = cosines / settings["temperature"]
        logs = logs - _logsumexp(logs, other)[:, None]
        some = positive.any(axis=1)
        return float((-(logs * positive).sum(axis=1)[some] / positive.sum(axis=1)[some]).mean())
    if name == "ntxent":
        logits = cosines / settings["temperature"]
        joined = np.logaddexp(logits, _logsumexp(logits, negative)[:, None])
        return float((joined - logits)[positive].mean())
    if name == "circle":
        m, scale = settings["margin"], settings["scale"]
        pull = _logsumexp(-scale * np.maximum(1 + m - cosines, 0) * (cosines - 1 + m), positive)
        push = _logsumexp(scale * np.maximum(cosines + m, 0) * (cosines - m), negative)
        return _mean_of_positive(np.logaddexp(0, (pull + push)[np.isfinite(pull) & np.isfinite(push)]))
    if name == "lifted-structure" and settings["generalized"]:
        pull, push = _logsumexp(distances, positive), _logsumexp(settings["margin"] - distances, negative)
        # An anchor without positives counts with its negatives alone, as in pytorch-metric-learning.
        return float(np.maximum(np.where(np.isfinite(pull), pull, 0) + np.where(np.isfinite(push), push, 0), 0).mean())
    raise FeaturesError(f"expected a loss whose value is known here, found {name}.")


# ------------------------------------------------------------------------------------------------------------------------------- features


@dataclass
class Saved:
    """A features file that was written: its path, the LossMapping (None where no loss was given), and the names of the classes by number."""

    path: Path
    loss: LossMapping | None
    class_names: list

    def __fspath__(self):
        return str(self.path)

    @property
    def arguments(self):
        """--features FILE and the loss, as arguments of the command line."""
        return ["--features", str(self.path), *(self.loss.arguments if self.loss else [])]


def save_features(
    path, train, test=None, *, model=None, head=None, loss=None, settings=None, proxies=None, classes=None, train_ids=None, test_ids=None, train_paths=None,
    test_paths=None, dtype=None, inputs="input_tensors", labels="labels", device=None, check=True, quiet=False,
):
    """Writes a features file of dml (safetensors): features, labels, and where they are given head, proxies, ids and image files.

    train, test: (features, labels), arrays or tensors of (N, D) and N labels of any kind; with model, a loader of batches (inputs, labels, ...), or of
        dictionaries with the keys that inputs and labels name. A loader has to keep its order.
    model: a torch module. Features are what goes into the Linear that head names, else what the model gives; model.extract is taken where there is
        one (OML's extractors). It is put into eval mode, runs without gradients, and is left as it was found.
    head: with a model, the name of one of its Linear modules, or the module. Without, (weight, bias), a weight (E, D), or a Linear.
        "identity" takes the features as embeddings and the identity as the head, which influence then explains. None writes features alone, for
        dml fit, evaluate and audit.
    loss: a loss of pytorch-metric-learning (see loss_of), whose proxies are taken, or the name of a loss of dml.
    settings, proxies: of a loss that is given by its name: its options ({"scale": 32, "centers": 2}), and (C K, E), row class * K + k.
    classes: the training classes in the order of the proxies' rows, or the names of labels that are whole numbers, as torchvision's datasets have
        them; without, they are sorted as sklearn's LabelEncoder sorts them, and whole numbers from 0 to C - 1 stay as they are.
    train_ids, train_paths, ...: N texts each; ids are there once, paths are image files relative to the features file.
    dtype: of the stored features, such as "float16"; that of the given ones by default.
    check: hold the head to the model's output, and the loss to its own value.

    Returns a Saved and prints the options of dml that belong to the file, unless quiet. Raises FeaturesError.
    """
    if model is not None:
        ordered = any(given is not None for given in (train_ids, test_ids, train_paths, test_paths))
        (train, test), head = _extract(model, head, train, test, (inputs, labels), device, check, ordered)
    splits = {"train": _split("train", train, dtype)}
    if test is not None:
        splits["test"] = _split("test", test, dtype)
    width = splits["train"][0].shape[-1]
    if test is not None and splits["test"][0].shape[-1] != width:
        raise FeaturesError(f"test: expected features of {width} numbers as in train, found {splits['test'][0].shape[-1]}.")
    weight, bias = _head(head, width)
    if weight is None and not (loss is None and proxies is None):
        raise FeaturesError("expected head= with a loss, found none; name the last linear layer, or give head=\"identity\" for embeddings without one.")
    if weight is not None and test is None:
        raise FeaturesError("expected test= with a head, since errors are looked for among test items, found none; give a test split.")
    if weight is not None and len(splits["train"][0].shape) == 3:
        raise FeaturesError("train: expected features (N, D) with a head, found several views of an item, which dml fit alone takes; give one of them.")

    named = loss is None or isinstance(loss, str)
    if not named and (settings is not None or proxies is not None):
        raise FeaturesError("expected settings= and proxies= with the name of a loss, found a loss, which has both; leave them out.")
    settings = {"centers": 3} if settings is None and loss == "subcenter-arcface" else settings or {}
    given = None if proxies is None else _array(proxies)
    mapping = LossMapping(loss, settings, given, settings.get("centers", 1)) if isinstance(loss, str) else None if loss is None else _mapped(loss)
    rows, centers = (given, 1) if mapping is None else (mapping.proxies, mapping.centers)
    if rows is not None and (rows.ndim != 2 or rows.shape[1] != weight.shape[0] or len(rows) % centers != 0):
        raise FeaturesError(
            f"proxies: expected {centers} rows a class of {weight.shape[0]} numbers, as many as the head has rows, found shape {rows.shape}; "
            "transpose them where they are (E, C).")
    numbers, names = _number([s[1] for s in splits.values()], classes, None if rows is None else len(rows) // centers)
    if not named and (check or mapping.name == "softtriple"):
        embeddings = _array(splits["train"][0]).astype(np.float64) @ weight.astype(np.float64).T + bias
        _hold(mapping, loss, embeddings if check else None, numbers[0])

    tensors, texts = {}, {"class_names": names}
    for (split, (features, _)), number in zip(splits.items(), numbers):
        tensors[f"{split}_features"], tensors[f"{split}_labels"] = features, number
        for kind, given in (("ids", {"train": train_ids, "test": test_ids}[split]), ("paths", {"train": train_paths, "test": test_paths}[split])):
            if given is None:
                continue
            texts[f"{split}_{kind}"] = [str(text) for text in given]
            if len(given) != len(number):
                raise FeaturesError(f"{split}_{kind}: expected {len(number)}, one for each sample, found {len(given)}.")
    if weight is not None:
        tensors["head.weight"] = weight
        tensors["head.bias"] = bias
    if rows is not None:
        tensors["loss.proxies"] = rows
    metadata = {name: json.dumps(list_) for name, list_ in texts.items()}
    beside = Path(str(path) + _IDS)
    if sum(map(len, metadata.values())) > _LARGEST_METADATA:
        beside.write_text(json.dumps(texts), "utf-8")
        metadata = {}
    else:
        # Of an earlier file of this name; it would name samples that are gone.
        beside.unlink(missing_ok=True)
    if mapping is not None:
        metadata["loss"] = json.dumps({"name": mapping.name, "settings": mapping.settings})
    save_safetensors(path, tensors, metadata)
    saved = Saved(Path(path), mapping, names)
    if not quiet:
        print(shlex.join(saved.arguments))
        for note in mapping.notes if mapping else []:
            print(f"Note: {note}.")
    return saved


def _split(name, given, dtype):
    if not isinstance(given, (tuple, list)) or len(given) != 2:
        raise FeaturesError(f"{name}: expected (features, labels), found {type(given).__name__}; give model= with a loader.")
    features, labels = given
    if not _is_torch(features):
        features = np.asarray(features)
    if len(features.shape) not in (2, 3):
        raise FeaturesError(f"{name}: expected features (N, D), or (N, K, D) for K views of an item, found shape {tuple(features.shape)}.")
    if len(labels) != len(features):
        raise FeaturesError(f"{name}: expected {len(features)} labels, one for each sample, found {len(labels)}.")
    values = _array(features)
    if not np.isfinite(values).all():
        place = tuple(int(i) for i in np.argwhere(~np.isfinite(values))[0])
        raise FeaturesError(f"{name}: expected finite features, found {values[place]} at {place}; leave the sample out or extract it anew.")
    if dtype is not None:
        features = values.astype(dtype)
    labels = _array(labels) if _is_torch(labels) else labels
    return features, [label.item() if hasattr(label, "item") else label for label in labels]


def _label(label):
    if isinstance(label, bytes):
        return label.decode()
    return int(label) if isinstance(label, bool) or (isinstance(label, float) and label.is_integer()) else label


def _number(splits, classes, count):
    """Class numbers: training classes from 0 in the order of the proxies, then classes of the test split alone."""
    splits = [[_label(label) for label in s] for s in splits]
    whole = all(isinstance(label, int) for s in splits for label in s)
    if not whole:
        splits = [[str(label) for label in s] for s in splits]
    present = sorted(set(splits[0]))
    shown = str
    if classes is not None:
        order = [c.item() if hasattr(c, "item") else c for c in classes]
        if whole and not all(isinstance(c, int) for c in order):
            # Names of the numbers, as torchvision's datasets have them in classes.
            given, order = [str(c) for c in order], list(range(len(order)))
            shown = lambda label: given[label] if 0 <= label < len(given) else str(label)  # noqa: E731
        elif not whole:
            order = [str(c) for c in order]
        missing = [label for label in present if label not in set(order)]
        if missing:
            raise FeaturesError(f"classes: expected every training label among them, found {missing[0]!r} in train; add it at the place of its proxy.")
        if count is not None and len(order) != count:
            raise FeaturesError(f"classes: expected {count}, one for each class of the proxies, found {len(order)}.")
    elif count is not None and whole and present[0] >= 0 and present[-1] < count:
        order = list(range(count))
    elif count is None or len(present) == count:
        # Whole numbers from 0 stay as they are, so that a class without a sample keeps its place.
        order = list(range(present[-1] + 1)) if whole and present[0] >= 0 and present[-1] < 2 * len(present) else present
        order = order if count is None or len(order) == count else present
    else:
        raise FeaturesError(f"expected {count} training classes, one for each class of the proxies, found {len(present)} labels; give classes=, in their order.")
    number = {label: i for i, label in enumerate(order)}
    for label in sorted({label for s in splits[1:] for label in s} - set(number)):
        number[label] = len(number)
    return [np.array([number[label] for label in s], np.int64) for s in splits], [shown(label) for label in number]


def _head(head, width):
    if head is None:
        return None, None
    if isinstance(head, str):
        if head != "identity":
            raise FeaturesError(f"head: expected (weight, bias), a Linear, or \"identity\", found \"{head}\", which names a module only with model=.")
        return np.eye(width, dtype=np.float32), np.zeros(width, np.float32)
    if hasattr(head, "weight"):
        weight, bias = _array(head.weight), getattr(head, "bias", None)
    elif isinstance(head, (tuple, list)):
        weight, bias = _array(head[0]), head[1]
    else:
        weight, bias = _array(head), None
    if weight.ndim != 2 or weight.shape[1] != width:
        raise FeaturesError(f"head: expected a weight (E, {width}), found shape {weight.shape}; the head is the layer that gets the features.")
    bias = np.zeros(len(weight), weight.dtype) if bias is None else _array(bias)
    if bias.shape != (len(weight),):
        raise FeaturesError(f"head: expected a bias of {len(weight)} numbers, found shape {bias.shape}.")
    return weight, bias


def _extract(model, head, train, test, keys, device, check, ordered):
    import torch

    if not isinstance(model, torch.nn.Module):
        raise FeaturesError(f"model: expected a torch module, found {type(model).__name__}; give arrays as train= and test= in its place.")
    identity = isinstance(head, str) and head == "identity"
    module = None
    if head is not None and not identity:
        named = dict(model.named_modules())
        module = named.get(head) if isinstance(head, str) else head
        if module is None or not any(module is other for other in named.values()):
            linear = [name for name, m in named.items() if isinstance(m, torch.nn.Linear)]
            raise FeaturesError(f"head: expected a module of the model, found {head!r}; its Linear modules are {', '.join(linear) or 'none'}.")
        if not isinstance(module, torch.nn.Linear):
            raise FeaturesError(f"head: expected a Linear module, found {type(module).__name__}; name the last linear layer.")
    parameter = next(model.parameters(), None)
    device = device or (parameter.device if parameter is not None else "cpu")
    forward = model.extract if module is None and callable(getattr(model, "extract", None)) else model
    caught = []
    hook = None if module is None else module.register_forward_pre_hook(lambda _, given: caught.append(given[0].detach()))
    modes = [(m, m.training) for m in model.modules()]
    model.eval()
    try:
        with torch.no_grad():
            found = [None if s is None else _pass(s, name, forward, module, caught, keys, device, check, ordered) for name, s in (("train", train), ("test", test))]
    finally:
        if hook is not None:
            hook.remove()
        for m, training in modes:
            m.training = training
    return found, module if module is not None else head


def _pass(loader, split, forward, module, caught, keys, device, check, ordered):
    import torch

    if ordered and type(getattr(loader, "sampler", None)).__name__ in ("RandomSampler", "WeightedRandomSampler", "SubsetRandomSampler"):
        raise FeaturesError(f"{split}: expected a loader that keeps its order, since ids or paths are given, found one that shuffles; give shuffle=False.")
    features, labels = [], []
    for batch in loader:
        try:
            x, y = (batch[keys[0]], batch[keys[1]]) if isinstance(batch, dict) else (batch[0], batch[1])
        except (KeyError, IndexError, TypeError) as error:
            kind = f"keys {', '.join(map(str, batch))}" if isinstance(batch, dict) else type(batch).__name__
            raise FeaturesError(f"{split}: expected batches (inputs, labels), or dictionaries with {keys[0]} and {keys[1]}, found {kind}; "
                                "name the keys by inputs= and labels=.") from error
        caught.clear()
        output = forward(x.to(device) if hasattr(x, "to") else x)
        if module is not None:
            if len(caught) != 1:
                raise FeaturesError(f"head: expected the model to pass it once, found {len(caught)} times; name another layer.")
            found = caught[0]
            if check and torch.is_tensor(output) and output.shape == (len(found), module.out_features) and found.dim() == 2:
                normal = torch.nn.functional.normalize
                distance = (normal(output.double(), dim=1) - normal(module(found).double(), dim=1)).abs().max().item()
                if distance > 1e-3:
                    raise FeaturesError(
                        f"head: expected the model to give the head's output, whatever its length, found directions that differ by {distance:.2g}; "
                        "what follows the head would be left out: name the last layer, or give check=False if that is meant.")
        else:
            found = output
        if not torch.is_tensor(found) or found.dim() != 2:
            raise FeaturesError(f"{split}: expected features (N, D) of a batch, found {tuple(found.shape) if torch.is_tensor(found) else type(found).__name__}.")
        features.append(found.cpu())
        labels.extend(_array(y).tolist() if _is_torch(y) else list(y))
    if not features:
        raise FeaturesError(f"{split}: expected batches, found none; a loader that was used up gives nothing.")
    return torch.cat(features), labels


# ------------------------------------------------------------------------------------------------------------------------------- relabels

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\Z")


def _field(text):
    """A field of a CSV file that no spreadsheet takes for a formula, as dml writes and reads them."""
    text = str(text)
    bare = text.lstrip("'")
    safe = "'" + text if bare and bare[0] in "=+-@\t\r\n" and not _NUMBER.match(bare) else text
    return '"' + safe.replace('"', '""') + '"' if any(c in safe for c in ',"\r\n\ufeff') else safe


def relabels(path, changes):
    """Writes the file of corrected labels that the key relabels of a config takes (docs/datasets.md), for dml train and dml fit.

    changes: {id: (old class, new class)}, or Suspects. Returns the path.
    """
    if not isinstance(changes, dict):
        changes = {s.id: (s.label, s.suggested) for s in changes}
    lines = ["id,old_class,new_class"]
    for sample, pair in changes.items():
        if isinstance(pair, str) or len(pair) != 2:
            raise FeaturesError(f"{sample}: expected (old class, new class), found {pair!r}; the old one keeps the file from being applied to other labels.")
        if str(pair[0]) != str(pair[1]):
            lines.append(",".join(map(_field, (sample, *pair))))
    Path(path).write_text("\n".join(lines) + "\n", "utf-8")
    return Path(path)


# --------------------------------------------------------------------------------------------------------------------------------- running


@dataclass
class Influence:
    """What dml influence found.

    scores: (T, N), harm > 0 where training on the sample makes the error worse; targets: T names; ids, labels: N training samples;
    records: T dictionaries as in influence.json (pairs, distance, certificate); details: the whole influence.json.
    """

    scores: np.ndarray
    targets: list
    ids: list
    labels: np.ndarray
    records: list
    details: dict
    class_names: list | None = None

    def top(self, target=0, count=10):
        """The most harmful samples of a target, by number or name: (index, id, class, harm)."""
        return self._ranked(target, count, -1)

    def helpful(self, target=0, count=10):
        """The most helpful samples of a target, by number or name: (index, id, class, harm)."""
        return self._ranked(target, count, 1)

    def _ranked(self, target, count, sign):
        row = self.targets.index(target) if isinstance(target, str) else target
        order = np.argsort(sign * self.scores[row].astype(np.float64), kind="stable")[:count]
        return [(int(i), self.ids[i], self._name(int(self.labels[i])), float(self.scores[row, i])) for i in order]

    def _name(self, label):
        return self.class_names[label] if self.class_names and label < len(self.class_names) else str(label)


@dataclass
class Suspect:
    """A training sample whose label may be wrong: label and suggested are class names, confidence is that of the suggestion, score ranks."""

    index: int
    id: str
    label: str
    suggested: str
    confidence: float
    score: float


@dataclass
class Errors:
    """The retrieval errors of the test split: wrong (n, 2) test items with their nearest neighbours, ids likewise, groups as in confusions.json."""

    wrong: np.ndarray
    ids: list
    groups: list
    test_items: int
    details: dict


@dataclass
class Audit:
    """What dml audit found: a section a check, as in audit.json."""

    sections: list
    details: dict

    def findings(self, check):
        """The findings of a check, such as "labels" or "duplicates"."""
        for section in self.sections:
            if section["check"] == check:
                return section.get("findings", [])
        raise FeaturesError(f"expected one of the checks {', '.join(s['check'] for s in self.sections)}, found {check}.")


@dataclass
class Fit:
    """A run that dml fit made: its folder, and metrics.json."""

    path: Path
    metrics: dict
    lines: list

    def __fspath__(self):
        return str(self.path)

    @property
    def recall(self):
        """R@k of the test split by k."""
        return {int(k): float(value) for k, value in self.metrics["recall"].items()}


def _text(value):
    return value if isinstance(value, str) else str(value) if isinstance(value, os.PathLike) else json.dumps(value)


def _set(settings):
    return [part for key, value in settings.items() for part in ("--set", f"{key.replace('__', '.')}={_text(value)}")]


class Dml:
    """Runs dml and reads what it wrote.

    command: the program, or a list such as ["dotnet", "run", "-c", "Release", "--project", "host", "--"]; plugins: further folders of plugins.
    Keywords that a method does not name are settings: estimator__steps=50 is --set estimator.steps=50.
    A source is a run folder, a features file, or the Saved of save_features, whose loss is then known.
    """

    def __init__(self, command="dml", plugins=()):
        self.command = [str(command)] if isinstance(command, (str, os.PathLike)) else [str(part) for part in command]
        self.plugins = [part for folder in plugins for part in ("--plugins", str(folder))]

    def run(self, *arguments):
        """Runs any command with --json and returns its document. Raises DmlError."""
        command = [*self.command, *map(str, arguments), *self.plugins, "--json"]
        try:
            ended = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, check=False)
        except OSError as error:
            raise DmlError(f"expected the tool dml as {self.command[0]}, which cannot be started ({error.strerror}); give its path to Dml(...).", None,
                           command) from error
        output, told = ended.stdout.decode("utf-8", "replace"), ended.stderr.decode("utf-8", "replace")
        try:
            # What `dotnet run` prints of a build stands before the document.
            document = json.loads(output[output.index("{"):])
        except ValueError:
            document = None
        if ended.returncode != 0:
            last = [line for line in told.splitlines() if line.strip()] or ["it said nothing."]
            raise DmlError(" ".join(((document or {}).get("error") or last[-1]).split("\n")), ended.returncode, command)
        if document is None:
            raise DmlError(f"expected one JSON document from {' '.join(command)}, found {output[:80]!r}; is it dml?", 0, command)
        return document

    def influence(
        self, source, *, loss=None, estimator=None, pairs=None, pair=None, groups=None, precision=None, top=None, out=None, **set,
    ):
        """dml influence: the causes of errors. pairs: "all" or a number; pair: (A, B) or a list of them, by index or id; groups: a number.

        With a run, results are written into it as dml does, unless out names a folder; with features, nothing stays without out.
        Returns an Influence.
        """
        options = _options(("--estimator", estimator), ("--pairs", pairs), ("--groups", groups), ("--precision", precision), ("--top", top))
        several = [] if pair is None else [pair] if len(pair) == 2 and not isinstance(pair[0], (tuple, list)) else list(pair)
        for a, b in several:
            options += ["--pair", f"{a}:{b}"]
        with self._results(source, out) as folder:
            document = self.run("influence", *_source(source, loss), *options, *_set(set), *(["--out", folder] if folder else []))
            where = folder or _path(source)
            scores = load_safetensors(Path(where) / "scores.safetensors", ["harm"])[0]["harm"]
        details = document["influence"]
        ids, labels, names = _samples(source)
        return Influence(scores, [t["name"] for t in details["targets"]], ids, labels, details["targets"], details, names)

    def mislabel(self, source, *, loss=None, scorer=None, estimator=None, groups=None, precision=None, out=None, **set):
        """dml mislabel: the training samples by suspicion of a wrong label, most suspicious first, as a list of Suspects."""
        options = _options(("--scorer", scorer), ("--estimator", estimator), ("--groups", groups), ("--precision", precision))
        with self._results(source, out) as folder:
            document = self.run("mislabel", *_source(source, loss), *options, *_set(set), *(["--out", folder] if folder else []))
        _, _, names = _samples(source)
        named = lambda label: names[label] if names and label < len(names) else str(label)  # noqa: E731
        return [
            Suspect(r["index"], r["id"], named(r["label"]), named(r.get("suggested", r["label"])), r.get("confidence", 0.0), r["score"])
            for r in document["mislabel"]["ranking"]
        ]

    def errors(self, source, *, groups=None, out=None, **set):
        """dml confusions: the wrong test items and the groups of classes that are confused, as Errors."""
        with self._results(source, out) as folder:
            known = _source(source, None)
            known = known[:2] if known[0] == "--features" else known
            document = self.run("confusions", *known, *_options(("--groups", groups)), *_set(set), *(["--out", folder] if folder else []))
        found = document["confusions"]
        return Errors(np.array(found["wrong"], np.int64).reshape(-1, 2), found["wrongIds"], found["groups"], found["testItems"], found)

    def audit(self, source, *, loss=None, out=None, **set):
        """dml audit: what is wrong with the data and the embedding, as an Audit."""
        with self._results(source, out) as folder:
            document = self.run("audit", *_source(source, loss), *_set(set), *(["--out", folder] if folder else []))
        return Audit(document["audit"]["sections"], document["audit"])

    def fit(self, features, loss, out, *, test_features=None, seed=None, overwrite=False, **set):
        """dml fit: trains a head on given features and makes a run, out, of it. Returns a Fit. relabels="FILE" applies corrected labels."""
        if "relabels" in set:
            # Relative paths of settings start elsewhere than those of this process.
            set["relabels"] = str(Path(set["relabels"]).resolve())
        options = _options(("--test-features", test_features), ("--seed", seed), ("--out", out)) + (["--overwrite"] if overwrite else [])
        document = self.run("fit", "--features", _path(features), *(loss.arguments if isinstance(loss, LossMapping) else ["--loss", loss]), *options, *_set(set))
        return Fit(Path(out), json.loads((Path(out) / "metrics.json").read_text("utf-8")), document["lines"])

    @staticmethod
    def _results(source, out):
        return _Folder(out, temporary=out is None and not _is_run(source))


class _Folder:
    """The folder of --out: one that is given, one for the time of a call, or none, where a run takes the results."""

    def __init__(self, given, temporary):
        self._given, self._temporary = given, temporary

    def __enter__(self):
        self._path = tempfile.mkdtemp(prefix="dml-") if self._temporary else None
        return self._path or (str(self._given) if self._given is not None else None)

    def __exit__(self, *_):
        if self._path:
            shutil.rmtree(self._path, ignore_errors=True)


def _path(source):
    return os.fspath(source)


def _is_run(source):
    return (Path(_path(source)) / "run.json").is_file()


def _options(*pairs):
    return [part for name, value in pairs if value is not None for part in (name, str(value))]


def _source(source, loss):
    """The arguments that name a run, or features with their loss."""
    path = Path(_path(source))
    arrays = any(any(path.glob(kind)) for kind in ("*.npy", "train.*", "query.*"))
    if _is_run(source) or (path.suffix == "" and not path.is_file() and not arrays):
        # One that is not there is dml's to complain about.
        return [str(path)]
    if loss is None and path.is_file() and path.suffix == ".safetensors":
        loss = getattr(source, "loss", None)
        if loss is None:
            with open(path, "rb") as file:
                kept = _header(file, path)[0].get("loss")
            loss = None if kept is None else LossMapping(**json.loads(kept))
    if isinstance(loss, LossMapping):
        return ["--features", str(path), *loss.arguments]
    return ["--features", str(path), *([] if loss is None else ["--loss", str(loss)])]


def _samples(source):
    """Ids, class numbers and class names of the training samples of a run or a features file."""
    path, names = Path(_path(source)), None
    if _is_run(source):
        names = json.loads((path / "dataset.json").read_text("utf-8"))["classNames"]
        path = path / "features.safetensors"
    if path.is_dir():
        labels = np.load(path / "train_labels.npy")
        listed = path / "train_ids.json"
        ids = json.loads(listed.read_text("utf-8")) if listed.exists() else None
    else:
        arrays, metadata = load_safetensors(path, ["train_labels"])
        labels, beside = arrays["train_labels"], Path(str(path) + _IDS)
        texts = json.loads(beside.read_text("utf-8")) if beside.exists() else {}
        read = lambda name: json.loads(metadata[name]) if name in metadata else texts.get(name)  # noqa: E731
        ids, names = read("train_ids"), names or read("class_names")
    return ids or [f"train/{i}" for i in range(len(labels))], labels.astype(np.int64), names
