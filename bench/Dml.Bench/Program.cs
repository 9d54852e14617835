using Dml.Bench;
using Dml.Torch;

Dictionary<string, (string Summary, Action<string[]> Run)> benches = new(StringComparer.Ordinal)
{
    ["images"] = ("[COLUMNS ROWS [FOLDER]]: JPEG files to network inputs, images a second, and the share of each stage.", ImageBench.Run),
    ["features"] = ("FILE N [TEST DIMENSIONS CLASSES]: writes a features file of N training samples.", FeatureFileBench.Run),
    ["influence"] = ("The empirical influence function: cub, cars, inshop; a number sets the targets.", InfluenceBench.Run),
    ["influence-growth"] = ("How the cost of a target grows with N, C and the number of targets.", _ => InfluenceBench.RunGrowth()),
    ["influence-if"] = ("The solvers of the classic influence function at CUB size; a number sets the targets.", InverseHessianBench.Run),
    ["convex"] = ("FOLDER [TESTS] [LAMBDA...]: the influence function by conjugate gradients against retraining of a logistic regression.", ConvexBench.Run),
    ["click"] = ("One pair after another in a session, up to the top-50 list: cub, inshop.", ClickBench.Run),
    ["replay"] = ("Going back through a training of the head at Omniglot's size, for 100 targets, beside one such training.", _ => ReplayBench.Run()),
    ["retrain"] = ("An epoch of reweighted retraining of the head at CUB size.", RetrainBench.Run),
    ["duplicates"] = ("files|tiles SHARE PATH...: which planted copies of images are found.", DuplicateBench.Run),
    ["retrieval"] = ("Neighbour search beside a plain matrix product, MAP@R and k-means; --clusters adds k-means at the size of In-Shop.", RetrievalBench.Run),
};

if (args is not [var name, .. var rest] || !benches.TryGetValue(name, out var bench))
{
    foreach (var (key, (summary, _)) in benches) Console.WriteLine($"{key}: {summary}");
    return args.Length == 0 ? 0 : 1;
}

NativeTorch.EnsureLoaded();
bench.Run(rest);
return 0;
