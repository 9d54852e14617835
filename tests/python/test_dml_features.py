"""Tests of python/dml_features.py and of what the guides and the notebook show, with the built host.

DML in the environment is the host. pytorch-metric-learning is not needed and never called: its losses stand in as objects with its attributes and layouts,
and its own values, of version 2.8.1 in float64, are the stored ones of tests/fixtures/golden/peer-losses. Tests of torch are skipped without it.
"""
import contextlib
import io
import json
import math
import os
import re
import subprocess
import sys
import tempfile
import types
import unittest
import unittest.mock
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "python"))

from dml_features import Dml, DmlError, FeaturesError, load_safetensors, loss_of, loss_value, relabels, save_features, save_safetensors  # noqa: E402

try:
    import torch
except ImportError:
    torch = None

HOST = os.environ.get("DML", str(ROOT / "artifacts" / "bin" / "Dml.Host" / "release" / "dml"))
GOLDEN, _ = load_safetensors(ROOT / "tests" / "fixtures" / "golden" / "peer-losses" / "a.safetensors")
SETTINGS = json.loads((ROOT / "tests" / "fixtures" / "golden" / "peer-losses" / "a.json").read_text())["losses"]
RADIANS = 28.6 * math.pi / 180

# As pytorch-metric-learning 2.8.1 has them: class, attributes beside the weights, name of the weights.
PROXY_LOSSES = {
    "arcface": ("ArcFaceLoss", {"scale": 64, "margin": RADIANS, "num_classes": 7}, "W"),
    "subcenter-arcface": ("SubCenterArcFaceLoss", {"scale": 64, "margin": RADIANS, "sub_centers": 3, "num_classes": 7}, "W"),
    "cosface": ("CosFaceLoss", {"scale": 64, "margin": 0.35, "num_classes": 7}, "W"),
    "norm-softmax": ("NormalizedSoftmaxLoss", {"temperature": 0.05}, "W"),
    "proxy-anchor": ("ProxyAnchorLoss", {"alpha": 32, "margin": 0.1, "num_classes": 7}, "proxies"),
    "proxy-nca": ("ProxyNCALoss", {"softmax_scale": 1}, "proxies"),
    "softtriple": ("SoftTripleLoss", {"la": 20, "gamma": 1 / 0.1, "margin": 0.01, "centers_per_class": 10, "num_classes": 7}, "fc"),
}
PAIR_LOSSES = {
    "contrastive": ("ContrastiveLoss", {"pos_margin": 0, "neg_margin": 1}),
    "triplet": ("TripletMarginLoss", {"margin": 0.05, "swap": False, "smooth_loss": False, "triplets_per_anchor": "all"}),
    "triplet-soft": ("TripletMarginLoss", {"margin": 0.05, "swap": False, "smooth_loss": True, "triplets_per_anchor": "all"}),
    "multi-similarity": ("MultiSimilarityLoss", {"alpha": 2, "beta": 50, "base": 0.5}),
    "supcon": ("SupConLoss", {"temperature": 0.1}),
    "ntxent": ("NTXentLoss", {"temperature": 0.07}),
    "circle": ("CircleLoss", {"m": 0.4, "gamma": 80}),
    "lifted": ("GeneralizedLiftedStructureLoss", {"neg_margin": 1, "pos_margin": 0}),
}


def peer(name, **others):
    """A loss as pytorch-metric-learning has it, but for its computation."""
    kind, attributes, *weights = PROXY_LOSSES.get(name) or PAIR_LOSSES[name]
    attributes = {**attributes, **({weights[0]: GOLDEN[f"{name}/weights"]} if weights else {}), **others}
    return types.SimpleNamespace.__new__(type(kind, (types.SimpleNamespace,), {})), attributes


def made(name, **others):
    loss, attributes = peer(name, **others)
    loss.__dict__.update(attributes)
    return loss


def problem(seed=0, classes=8, tests=5, each=10, width=12, size=6):
    """Clusters that overlap, so that there are errors: training, test, head and proxies."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(classes + tests, width))
    labels = np.repeat(np.arange(classes + tests), each)
    features = (centres[labels] + 0.9 * rng.normal(size=(len(labels), width))).astype(np.float32)
    weight, bias = rng.normal(size=(size, width)).astype(np.float32), rng.normal(size=size).astype(np.float32)
    train = labels < classes
    proxies = np.stack([(features[labels == c] @ weight.T + bias).mean(0) for c in range(classes)])
    return types.SimpleNamespace(
        train=(features[train], labels[train]), test=(features[~train], labels[~train]), head=(weight, bias), proxies=proxies.astype(np.float32))


class InFolder(unittest.TestCase):
    """A test with an empty folder of its own as the working folder."""

    def setUp(self):
        held = tempfile.TemporaryDirectory()
        self.addCleanup(held.cleanup)
        self.folder, before = Path(held.name), os.getcwd()
        os.chdir(held.name)
        self.addCleanup(os.chdir, before)

    def fails(self, kind, *words):
        outer = self

        class Check:
            def __enter__(self):
                self.context = outer.assertRaises(kind)
                self.context.__enter__()

            def __exit__(self, *given):
                handled = self.context.__exit__(*given)
                sentence = str(self.context.exception)
                for word in words:
                    outer.assertIn(word, sentence)
                outer.assertNotIn("\n", sentence)
                return handled

        return Check()


class SafetensorsTests(InFolder):
    def test_arrays_of_every_dtype_come_back_with_shape_and_metadata(self):
        rng = np.random.default_rng(1)
        dtypes = ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "?"]
        given = {d: (rng.normal(size=(3, 2)) * 9).astype(d) for d in dtypes}
        given |= {"empty": np.zeros((0, 4), "f4"), "scalar": np.float64(3), "strided": np.arange(12.0).reshape(3, 4)[:, ::2], "big": np.arange(3, dtype=">i4")}
        save_safetensors("a.safetensors", given, {"train_ids": json.dumps(["é", "a\"b"])})
        back, metadata = load_safetensors("a.safetensors")
        self.assertEqual(json.loads(metadata["train_ids"]), ["é", "a\"b"])
        self.assertEqual(set(back), set(given))
        for name, array in given.items():
            np.testing.assert_array_equal(back[name], array)
            self.assertEqual(back[name].shape, np.shape(array))
        self.assertEqual([p.name for p in self.folder.iterdir()], ["a.safetensors"])

    def test_what_is_no_such_file_is_refused_by_a_sentence(self):
        Path("b.safetensors").write_bytes(b"<html>nothing here</html>")
        with self.fails(FeaturesError, "b.safetensors", "expected a safetensors file"):
            load_safetensors("b.safetensors")
        save_safetensors("c.safetensors", {"x": np.zeros(100)})
        Path("c.safetensors").write_bytes(Path("c.safetensors").read_bytes()[:-8])
        with self.fails(FeaturesError, "cut off"):
            load_safetensors("c.safetensors")
        with self.fails(FeaturesError, "expected y, found x"):
            load_safetensors("c.safetensors", ["y"])
        with self.fails(FeaturesError, "complex128"):
            save_safetensors("d.safetensors", {"x": np.zeros(3, complex)})

    @unittest.skipUnless(torch, "torch")
    def test_bfloat16_of_torch_is_stored_as_it_is(self):
        given = torch.randn(5, 3, generator=torch.Generator().manual_seed(0)).to(torch.bfloat16)
        save_safetensors("a.safetensors", {"x": given})
        header = json.loads(Path("a.safetensors").read_bytes()[8:].split(b"}}")[0] + b"}}")
        self.assertEqual(header["x"]["dtype"], "BF16")
        np.testing.assert_array_equal(load_safetensors("a.safetensors")[0]["x"], given.float().numpy())


class LossTests(InFolder):
    """Values of pytorch-metric-learning 2.8.1 beside those here."""

    def near(self, expected, actual, tolerance=1e-9):
        np.testing.assert_allclose(actual, expected, rtol=tolerance, atol=tolerance)

    def test_the_value_of_every_loss_is_the_peer_s(self):
        for name in [*PROXY_LOSSES, *PAIR_LOSSES]:
            with self.subTest(name):
                mapping = loss_of(made(name))
                value = loss_value(mapping.name, mapping.settings, GOLDEN["in/embeddings"], GOLDEN["in/labels"], mapping.proxies)
                self.near(SETTINGS[name]["loss"], value)

    def test_proxies_of_version_3_are_the_same_rows(self):
        for name, (_, attributes, weights) in PROXY_LOSSES.items():
            if name == "softtriple":
                continue
            with self.subTest(name):
                loss = made(name)
                rows = loss.__dict__.pop(weights)
                loss.weight = rows if weights == "proxies" else rows.T
                np.testing.assert_array_equal(loss_of(loss).proxies, loss_of(made(name)).proxies)

    def test_dml_computes_these_losses_of_the_samples_from_the_file(self):
        """The scorer loss of dml is the loss of each sample: layout, order of centres, options and their units, all by the other program."""
        dml = Dml(HOST)
        for name in PROXY_LOSSES:
            if f"{name}/per_sample" not in GOLDEN:
                continue
            with self.subTest(name):
                test = (GOLDEN["in/embeddings"][:2], ["x", "y"])
                saved = save_features("a.safetensors", (GOLDEN["in/embeddings"], GOLDEN["in/labels"]), test, head="identity", loss=made(name), quiet=True)
                found = dml.mislabel(saved, scorer="loss", precision="float64")
                scores = np.array([s.score for s in sorted(found, key=lambda s: s.index)])
                # The file's proxies and features are those of float64 to the bit.
                self.near(GOLDEN[f"{name}/per_sample"].ravel(), scores)

    def test_a_wrong_order_of_centres_would_show(self):
        mapping = loss_of(made("softtriple"))
        wrong = mapping.proxies.reshape(7, 10, -1).swapaxes(0, 1).reshape(70, -1)
        value = loss_value(mapping.name, mapping.settings, GOLDEN["in/embeddings"], GOLDEN["in/labels"], wrong)
        self.assertGreater(abs(value - SETTINGS["softtriple"]["loss"]), 0.01)

    def test_options_are_those_of_the_command_line(self):
        self.assertEqual(str(loss_of(made("cosface"))), "--loss cosface --set loss.scale=64.0 --set loss.margin=0.35")
        self.assertIn("loss.epsilon=null", str(loss_of(made("multi-similarity"))))
        self.assertAlmostEqual(loss_of(made("proxy-nca", softmax_scale=9)).settings["scale"], 3)
        regularizer = type("SparseCentersRegularizer", (), {})()
        self.assertEqual(loss_of(made("softtriple", weight_regularizer=regularizer, weight_reg_weight=0.2)).settings["tau"], 0.2)
        self.assertEqual(len(loss_of(made("arcface", weight_regularizer=object())).notes), 1)

    def test_what_has_no_counterpart_is_refused_by_a_sentence(self):
        with self.fails(FeaturesError, "AngularLoss", "dml fit"):
            loss_of(type("AngularLoss", (), {})())
        with self.fails(FeaturesError, "CrossBatchMemory", "give what it wraps, its ContrastiveLoss"):
            loss_of(type("CrossBatchMemory", (), {"loss": made("contrastive")})())
        own, derived = type("MineLoss", (type(made("cosface")),), {}), type("DynamicLoss", (type(made("cosface")),), {"__module__": "pytorch_metric_learning.losses"})
        self.assertEqual(loss_of(own(**vars(made("cosface")))).name, "cosface")
        with self.fails(FeaturesError, "found DynamicLoss"):
            loss_of(derived(**vars(made("cosface"))))
        with self.fails(FeaturesError, "swap=False"):
            loss_of(made("triplet", swap=True))
        with self.fails(FeaturesError, "pos_margin=0, found 0.5"):
            loss_of(made("lifted", pos_margin=0.5))
        with self.fails(FeaturesError, "0 to 1.5 radians, found 28.6"):
            loss_of(made("arcface", margin=28.6))
        with self.fails(FeaturesError, "attribute W"):
            loss = made("cosface")
            del loss.W
            loss_of(loss)

    def test_a_loss_that_computes_something_else_is_refused(self):
        e, y = GOLDEN["in/embeddings"], GOLDEN["in/labels"]
        mapping = loss_of(made("cosface"))
        value = lambda self, a, b: loss_value("cosface", mapping.settings, a, b, mapping.proxies)  # noqa: E731
        if not torch:
            self.skipTest("torch")
        right = type("CosFaceLoss", (types.SimpleNamespace,), {"__call__": value})(**vars(made("cosface")))
        self.assertEqual(loss_of(right, e, y).name, "cosface")
        # A regulariser of the proxies adds a constant, which is passed over; one of the embeddings does not.
        constant = type("CosFaceLoss", (types.SimpleNamespace,), {"__call__": lambda s, a, b: value(s, a, b) + 5})
        self.assertEqual(loss_of(constant(**vars(made("cosface", weight_regularizer=object()))), e, y).name, "cosface")
        with self.fails(FeaturesError, "CosFaceLoss", "expected the value of dml's cosface"):
            loss_of(constant(**vars(made("cosface"))), e, y)

    @unittest.skipUnless(torch, "torch")
    def test_gamma_of_soft_triple_is_found_out_where_its_attribute_does_not_tell(self):
        settings = loss_of(made("softtriple")).settings
        rows = loss_of(made("softtriple")).proxies
        for kept in (0.1, 10.0):
            loss = made("softtriple", gamma=kept)
            del loss.fc
            loss.weight = rows
            with self.fails(FeaturesError, "what its gamma means"):
                loss_of(loss)
            type(loss).__call__ = lambda s, a, b: loss_value("softtriple", settings, a, b, rows)
            self.assertAlmostEqual(loss_of(loss, GOLDEN["in/embeddings"], GOLDEN["in/labels"]).settings["gamma"], 0.1)


class SavingTests(InFolder):
    def save(self, **changes):
        p = problem()
        given = {"train": p.train, "test": p.test, "head": p.head, "proxies": p.proxies, "loss": "proxy-nca-pp", "quiet": True, **changes}
        return save_features("a.safetensors", given.pop("train"), given.pop("test"), **given)

    def test_the_file_holds_what_the_readme_lists(self):
        p = problem()
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            self.save(quiet=False, train_ids=[f"id{i}" for i in range(80)], settings={"scale": 2.5})
        self.assertEqual(out.getvalue(), "--features a.safetensors --loss proxy-nca-pp --set loss.scale=2.5\n")
        arrays, metadata = load_safetensors("a.safetensors")
        self.assertEqual(sorted(arrays), sorted(
            ["train_features", "train_labels", "test_features", "test_labels", "head.weight", "head.bias", "loss.proxies"]))
        np.testing.assert_array_equal(arrays["train_features"], p.train[0])
        np.testing.assert_array_equal(arrays["loss.proxies"], p.proxies)
        np.testing.assert_array_equal(arrays["test_labels"], p.test[1])
        self.assertEqual(json.loads(metadata["train_ids"])[3], "id3")

    def test_texts_of_labels_become_numbers_in_their_order(self):
        names = np.array(["ox", "ant", "cat", "bee", "dog", "eel", "fox", "gnu"])
        p = problem()
        train, test = (p.train[0], names[p.train[1]]), (p.test[0], [f"test{label}" for label in p.test[1]])
        for classes, order in ((None, sorted(names)), (list(names), list(names))):
            saved = self.save(train=train, test=test, classes=classes)
            self.assertEqual(saved.class_names[:8], order)
            numbers = load_safetensors("a.safetensors")[0]["train_labels"]
            self.assertEqual([order[n] for n in numbers], list(train[1]))
        self.assertEqual(saved.class_names[8:], [f"test{n}" for n in (10, 11, 12, 8, 9)])

    def test_numbers_of_labels_keep_their_place_where_a_class_is_missing(self):
        p = problem()
        keep = p.train[1] != 3
        self.save(train=(p.train[0][keep], p.train[1][keep]))
        self.assertEqual(set(load_safetensors("a.safetensors")[0]["train_labels"]), {0, 1, 2, 4, 5, 6, 7})
        # Names of the numbers, as torchvision's datasets have them.
        self.assertEqual(self.save(classes=list("abcdefgh")).class_names[:9], [*"abcdefgh", "8"])
        np.testing.assert_array_equal(load_safetensors("a.safetensors")[0]["train_labels"], p.train[1])
        # Labels with gaps are numbered in their order.
        self.save(train=(p.train[0], p.train[1] * 100 + 7), test=(p.test[0], p.test[1] * 100 + 7))
        np.testing.assert_array_equal(load_safetensors("a.safetensors")[0]["train_labels"], p.train[1])

    def test_mistakes_are_sentences(self):
        p = problem()
        bad = p.train[0].copy()
        bad[4, 2] = np.nan
        for changes, words in [
            ({"head": None}, ["expected head= with a loss"]),
            ({"test": None}, ["expected test= with a head"]),
            ({"train": (bad, p.train[1])}, ["train: expected finite features, found nan at (4, 2)"]),
            ({"train": (p.train[0], p.train[1][:-1])}, ["expected 80 labels", "found 79"]),
            ({"proxies": p.proxies.T}, ["proxies: expected 1 rows a class of 6 numbers", "transpose"]),
            ({"proxies": p.proxies[:5]}, ["expected 5 training classes", "found 8 labels", "give classes="]),
            ({"head": p.head[0].T}, ["head: expected a weight (E, 12)"]),
            ({"head": "layer"}, ["which names a module only with model="]),
            ({"train_ids": ["a"]}, ["train_ids: expected 80", "found 1"]),
            ({"classes": list("abcdefg")}, ["classes: expected every training label", "found 7 in train"]),
            ({"classes": list("abcdefghi")}, ["classes: expected 8", "found 9"]),
            ({"test": (p.test[0][:, :5], p.test[1])}, ["test: expected features of 12 numbers"]),
        ]:
            with self.subTest(words[0]), self.fails(FeaturesError, *words):
                self.save(**changes)
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_a_long_list_of_texts_stands_beside_the_file_and_an_old_one_goes(self):
        ids = [f"{i}-{'x' * 300000}" for i in range(80)]
        self.save(train_ids=ids)
        beside = self.folder / "a.safetensors.ids.json"
        self.assertEqual(json.loads(beside.read_text())["train_ids"], ids)
        self.assertEqual(Dml(HOST).influence("a.safetensors", pairs=1).ids, ids)
        self.save()
        self.assertFalse(beside.exists())

    def test_relabels_are_fields_that_dml_reads_and_no_spreadsheet_runs(self):
        relabels("r.csv", {"=1+1": ("a,b", "c"), "-5": ("x", "y\"z"), "'@q": ("x", "y"), "same": ("x", "x")})
        self.assertEqual(Path("r.csv").read_text().splitlines(), [
            "id,old_class,new_class", "'=1+1,\"a,b\",c", "-5,x,\"y\"\"z\"", "''@q,x,y"])
        with self.fails(FeaturesError, "expected (old class, new class)"):
            relabels("r.csv", {"a": "b"})


class RunningTests(InFolder):
    def setUp(self):
        super().setUp()
        p = problem()
        self.saved = save_features(
            "mine.safetensors", p.train, p.test, head=p.head, proxies=p.proxies, loss="arcface", settings={"scale": 8.0, "margin": 0.2}, quiet=True,
            train_ids=[f"train {i}" for i in range(80)])
        self.dml = Dml(HOST)

    def test_scores_are_those_of_the_command_line_to_the_bit(self):
        arguments = ["--loss", "arcface", "--set", "loss.scale=8", "--set", "loss.margin=0.2", "--set", "estimator.steps=20"]
        subprocess.run([HOST, "influence", "--features", "mine.safetensors", *arguments, "--pairs", "all", "--out", "o"], check=True, capture_output=True)
        harm = load_safetensors("o/scores.safetensors")[0]["harm"]
        answer = self.dml.influence(self.saved, pairs="all", estimator__steps=20)
        self.assertEqual(answer.scores.shape, (len(answer.targets), 80))
        self.assertGreater(len(answer.targets), 3)
        np.testing.assert_array_equal(answer.scores, harm)
        np.testing.assert_array_equal(self.dml.influence("mine.safetensors", pairs="all", estimator__steps=20).scores, harm)
        self.assertEqual(answer.details["lossSettings"], {"scale": 8, "margin": 0.2})

        # The lists are those of top.csv.
        rows = [line.split(",") for line in Path("o/top.csv").read_text().splitlines()[1:]]
        first = [r for r in rows if r[0] == answer.targets[0]]
        self.assertEqual([(r[3], r[4]) for r in first if r[2] == "harmful"][:5], [(str(i), name) for i, name, _, _ in answer.top(0, 5)])
        self.assertEqual([(r[3], r[4]) for r in first if r[2] == "helpful"][:5], [(str(i), name) for i, name, _, _ in answer.helpful(answer.targets[0], 5)])

    def test_targets_are_chosen_and_results_kept_where_asked(self):
        a, b = self.dml.errors(self.saved).wrong[0]
        answer = self.dml.influence(self.saved, pair=(a, b), estimator="tracin", precision="float64", out="kept")
        self.assertEqual(answer.targets, [f"pair {a}:{b}"])
        self.assertEqual((answer.details["estimator"], answer.scores.dtype), ("tracin", np.float64))
        self.assertTrue((self.folder / "kept" / "influence.json").exists())
        self.assertEqual(len(self.dml.influence(self.saved, pair=[(a, b)], groups=1).targets), 2)

    def test_a_folder_of_npy_files_gives_the_same_scores(self):
        arrays, metadata = load_safetensors("mine.safetensors")
        Path("arrays").mkdir()
        for name, array in arrays.items():
            np.save(f"arrays/{name}.npy", array)
        Path("arrays/train_ids.json").write_text(metadata["train_ids"])
        answer = self.dml.influence("arrays", loss=self.saved.loss, groups=1)
        expected = self.dml.influence(self.saved, groups=1)
        np.testing.assert_array_equal(answer.scores, expected.scores)
        self.assertEqual((answer.ids, list(answer.labels)), (expected.ids, list(expected.labels)))

    def test_a_fit_with_corrected_labels_and_its_run(self):
        p = problem()
        wrong = p.train[1].copy()
        wrong[3], wrong[44] = 5, 1
        ids = [f"s{i}" for i in range(80)]
        save_features("plain.safetensors", (p.train[0], [f"class {c}" for c in wrong]), (p.test[0], [f"class {c}" for c in p.test[1]]), train_ids=ids,
                      train_paths=[f"pictures/{i}.png" for i in ids], quiet=True)
        fit = self.dml.fit("plain.safetensors", "proxy-nca-pp", "run", seed=1, training__epochs=3)
        self.assertEqual(sorted(fit.recall), [1, 2, 4, 8])
        first = json.loads(Path("run/dataset.json").read_text())["training"][0]
        self.assertEqual((first["id"], Path(first["file"]).resolve()), ("s0", (self.folder / "pictures" / "s0.png").resolve()))
        suspects = {s.id: s for s in self.dml.mislabel(fit)[:10]}
        self.assertEqual((suspects["s3"].label, suspects["s3"].suggested), ("class 5", "class 0"))
        changes = relabels("relabels.csv", [suspects["s3"], suspects["s44"]])
        again = self.dml.fit("plain.safetensors", "proxy-nca-pp", "again", seed=1, training__epochs=3, relabels=changes)
        labels = load_safetensors("again/features.safetensors")[0]["train_labels"]
        np.testing.assert_array_equal(labels, p.train[1])
        self.assertTrue((self.folder / "run" / "mislabel.json").exists())
        answer = self.dml.influence(again, groups=2)
        self.assertTrue((self.folder / "again" / "scores.safetensors").exists())
        self.assertEqual(answer.top(0, 1)[0][2][:6], "class ")
        self.assertIn("labels", [s["check"] for s in self.dml.audit(again).sections])
        self.assertIsInstance(self.dml.audit("plain.safetensors").findings("duplicates"), list)
        with self.fails(FeaturesError, "expected one of the checks labels"):
            self.dml.audit(again).findings("nothing")

    def test_what_dml_refuses_is_an_exception_with_its_sentence(self):
        for call, words in [
            (lambda: self.dml.influence("nowhere"), "Expected a run folder at nowhere, found none"),
            (lambda: self.dml.influence("nowhere.safetensors", loss="arcface"), "nowhere.safetensors"),
            (lambda: self.dml.influence(self.saved, loss="arcfac"), "arcfac"),
            (lambda: self.dml.influence(self.saved, estimator__step=3), "did you mean"),
            (lambda: self.dml.fit(self.saved, "proxy-nca-pp", "run", training__epochs=-1), "training.epochs"),
            (lambda: self.dml.run("frobnicate"), "frobnicate"),
        ]:
            with self.subTest(words), self.assertRaises(DmlError) as caught:
                call()
            self.assertIn(words, caught.exception.sentence)
            self.assertNotIn("\n", caught.exception.sentence)
            self.assertEqual(caught.exception.exit_code, 1)
        with self.fails(DmlError, "cannot be started"):
            Dml("/nowhere/dml").run("plugins")
        with self.fails(DmlError, "is it dml?"):
            Dml(["echo"]).run("plugins")


@unittest.skipUnless(torch, "torch")
class ModelTests(InFolder):
    def setUp(self):
        super().setUp()
        generator = torch.Generator().manual_seed(3)
        with torch.random.fork_rng():
            torch.manual_seed(4)
            self.model = torch.nn.Sequential(torch.nn.Linear(5, 9), torch.nn.BatchNorm1d(9), torch.nn.Dropout(0.5), torch.nn.ReLU(), torch.nn.Linear(9, 4))
        self.x, self.y = torch.randn(24, 5, generator=generator), torch.arange(24) // 4
        self.data = torch.utils.data.TensorDataset(self.x, self.y)
        self.loader = torch.utils.data.DataLoader(self.data, batch_size=7)
        self.proxies = torch.randn(6, 4, generator=generator)

    def save(self, model=None, train=None, **changes):
        model = model or self.model
        return save_features("m.safetensors", train or self.loader, train or self.loader, model=model, quiet=True, **changes)

    def test_features_are_what_goes_into_the_head_in_eval_mode(self):
        self.model.train()
        self.model[2].eval()
        statistics = self.model[1].running_mean.clone()
        self.save(head="4", loss="proxy-nca-pp", proxies=self.proxies)
        self.assertEqual([m.training for m in self.model.modules()], [True, True, True, False, True, True])
        self.assertTrue(torch.equal(statistics, self.model[1].running_mean))
        arrays, _ = load_safetensors("m.safetensors")
        with torch.no_grad():
            expected = self.model.eval()(self.x)
        np.testing.assert_allclose(arrays["train_features"] @ arrays["head.weight"].T + arrays["head.bias"], expected.numpy(), atol=1e-5)
        self.assertEqual(arrays["train_features"].shape, (24, 9))
        self.assertEqual(len(Dml(HOST).influence("m.safetensors", groups=1).scores[0]), 24)

    def test_without_a_head_the_output_is_the_features(self):
        self.save(dtype="float16")
        arrays, _ = load_safetensors("m.safetensors")
        self.assertEqual((arrays["train_features"].shape, arrays["train_features"].dtype, sorted(arrays)[-1]), ((24, 4), np.float16, "train_labels"))
        self.save(head="identity", loss="proxy-nca-pp", proxies=self.proxies)
        np.testing.assert_array_equal(load_safetensors("m.safetensors")[0]["head.weight"], np.eye(4))

    def test_an_extractor_of_oml_and_batches_that_are_dictionaries(self):
        outer = self

        class Extractor(torch.nn.Module):
            feat_dim = 4

            def __init__(self):
                super().__init__()
                self.net = outer.model

            def forward(self, x):
                raise AssertionError("extract stands in its place")

            def extract(self, x):
                return self.net(x)

        batches = [{"input_tensors": self.x[:12], "labels": self.y[:12]}, {"input_tensors": self.x[12:], "labels": self.y[12:]}]
        self.save(Extractor(), batches)
        with torch.no_grad():
            np.testing.assert_allclose(load_safetensors("m.safetensors")[0]["train_features"], self.model.eval()(self.x).numpy(), atol=1e-6)
        with self.fails(FeaturesError, "expected batches", "keys input_tensors, labels"):
            self.save(Extractor(), batches, labels="y")

    def test_mistakes_with_a_model_are_sentences(self):
        with self.fails(FeaturesError, "its Linear modules are 0, 4"):
            self.save(head="fc")
        with self.fails(FeaturesError, "expected a torch module, found function"):
            self.save(lambda x: x)
        with self.fails(FeaturesError, "expected a Linear module, found ReLU"):
            self.save(head="3")
        after = torch.nn.Sequential(self.model, torch.nn.Tanh())
        with self.fails(FeaturesError, "what follows the head would be left out"):
            self.save(after, head="0.4")
        self.save(after, head="0.4", check=False)
        # Another length alone changes no cosine.
        self.save(torch.nn.Sequential(self.model, torch.nn.Softshrink(0.0)), head="0.4")
        shuffled = torch.utils.data.DataLoader(self.data, batch_size=7, shuffle=True)
        with self.fails(FeaturesError, "keeps its order"):
            self.save(train=shuffled, train_ids=[str(i) for i in range(24)])
        with self.fails(FeaturesError, "expected batches, found none"):
            self.save(train=[[]][:0] or iter(()))

    def test_a_loss_module_gives_proxies_options_and_its_value(self):
        class ArcFaceLoss(torch.nn.Module):
            """As pytorch-metric-learning 2: degrees in, radians kept, W (E, C)."""

            def __init__(self, proxies, margin=28.6, scale=16, labels=None):
                super().__init__()
                self.W, self.margin, self.scale, self.order = torch.nn.Parameter(proxies.t().clone()), math.radians(margin), scale, labels

            def forward(self, embeddings, labels):
                labels = labels if self.order is None else self.order[labels]
                normal = torch.nn.functional.normalize
                cosines = normal(embeddings, dim=1) @ normal(self.W, dim=0)
                angles = cosines.clamp(-1, 1).acos()
                own = torch.where(angles <= math.pi - self.margin, (angles + self.margin).cos(), cosines - self.margin * math.sin(self.margin))
                mask = torch.nn.functional.one_hot(labels, self.W.shape[1]).bool()
                return torch.nn.functional.cross_entropy(torch.where(mask, own, cosines) * self.scale, labels)

        saved = self.save(head=self.model[4], loss=ArcFaceLoss(self.proxies))
        self.assertEqual(saved.loss.name, "arcface")
        np.testing.assert_array_equal(load_safetensors("m.safetensors")[0]["loss.proxies"], self.proxies.numpy())
        self.assertEqual(Dml(HOST).influence(saved, groups=1).details["lossSettings"], {"scale": 16, "margin": math.radians(28.6)})
        with self.fails(FeaturesError, "the labels are not in the order of its proxies"):
            self.save(head="4", loss=ArcFaceLoss(self.proxies, labels=torch.tensor([3, 2, 1, 0, 5, 4])))


class GuideTests(InFolder):
    """What docs/python.md and the notebook show runs."""

    def execute(self, blocks, names):
        with contextlib.redirect_stdout(io.StringIO()) as out:
            for number, block in enumerate(blocks):
                exec(compile(block, f"block {number}", "exec"), names)  # noqa: S102
        return out.getvalue()

    @unittest.skipUnless(torch, "torch")
    def test_the_blocks_of_the_guide_run_in_their_order(self):
        text = (ROOT / "docs" / "python.md").read_text("utf-8")
        blocks = re.findall(r"^```python\n(.*?)^```", text, re.S | re.M)
        self.assertGreaterEqual(len(blocks), 5)
        p = problem()
        os.symlink(HOST, "dml")
        path = unittest.mock.patch.dict(os.environ, {"PATH": f"{self.folder}{os.pathsep}{os.environ['PATH']}"})
        path.start()
        self.addCleanup(path.stop)
        with torch.random.fork_rng():
            torch.manual_seed(0)
            model = torch.nn.Sequential(torch.nn.Linear(12, 16), torch.nn.ReLU())
            model.embedder = torch.nn.Linear(16, 6)
        loaders = [torch.utils.data.DataLoader(torch.utils.data.TensorDataset(torch.from_numpy(f), torch.from_numpy(y)), 16) for f, y in (p.train, p.test)]

        class CosFaceLoss(torch.nn.Module):
            """As version 2 of pytorch-metric-learning."""

            def __init__(self):
                super().__init__()
                self.W, self.scale, self.margin = torch.nn.Parameter(torch.from_numpy(p.proxies.T.copy())), 16, 0.35

            def forward(self, e, y):
                normal, own = torch.nn.functional.normalize, torch.nn.functional.one_hot(y, self.W.shape[1])
                return torch.nn.functional.cross_entropy(self.scale * (normal(e, dim=1) @ normal(self.W, dim=0) - self.margin * own), y)

        self.execute(blocks, {
            "f": p.train[0], "y": p.train[1], "g": p.test[0], "z": p.test[1], "weight": p.head[0], "bias": p.head[1], "proxies": p.proxies, "model": model,
            "train_loader": loaders[0], "test_loader": loaders[1], "loss_func": CosFaceLoss(), "extractor": model,
        })

    @unittest.skipUnless(torch, "torch")
    def test_the_loss_beside_the_one_in_TorchSharp_is_cosface(self):
        text = (ROOT / "docs" / "compare" / "torchsharp.md").read_text("utf-8")
        names = {}
        self.execute(re.findall(r"^```python\n(.*?)^```", text, re.S | re.M), names)
        with torch.random.fork_rng():
            torch.manual_seed(0)
            loss = names["MarginCosineLoss"](7, 12).double()
        e, y = GOLDEN["in/embeddings"], GOLDEN["in/labels"]
        mapping = loss_of(type("CosFaceLoss", (), {"scale": 16, "margin": 0.35, "weight": loss.proxies})())
        value = loss(torch.from_numpy(e.copy()), torch.from_numpy(y.astype(np.int64))).item()
        self.assertAlmostEqual(value, loss_value("cosface", mapping.settings, e, y, mapping.proxies), 9)

    @unittest.skipUnless(torch, "torch")
    def test_the_notebook_is_sound_and_its_cells_run(self):
        notebook = json.loads((ROOT / "python" / "from-model-to-relabels.ipynb").read_text("utf-8"))
        self.assertEqual((notebook["nbformat"], notebook["nbformat_minor"]), (4, 5))
        self.assertEqual(len({c["id"] for c in notebook["cells"]}), len(notebook["cells"]))
        code = [c for c in notebook["cells"] if c["cell_type"] == "code"]
        for cell in code:
            self.assertEqual((cell["outputs"], cell["execution_count"], cell["metadata"]), ([], None, {}))
        with torch.random.fork_rng(), unittest.mock.patch.dict(os.environ, {"DML": HOST}):
            out = self.execute(["".join(c["source"]) for c in code], {})
        found = re.search(r"(\d+) of the (\d+) wrong labels are among the corrected", out)
        self.assertIsNotNone(found, out)
        self.assertGreater(int(found[1]) * 2, int(found[2]))


if __name__ == "__main__":
    unittest.main()
