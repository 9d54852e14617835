using Dml.Numerics;
using Dml.Plugins;

namespace Dml.Tests.Losses;

/// <summary>The losses of pairs, with settings that reach each of their branches.</summary>
internal static class PairLosses
{
    private static readonly Dictionary<string, Func<PairLoss>> All = new()
    {
        ["contrastive"] = () => new ContrastiveLoss(new()),
        ["contrastive, plain"] = () => new ContrastiveLoss(new() { Squared = false, PositiveMargin = 0.2, NegativeMargin = 1.4 }),
        ["triplet"] = () => new TripletLoss(new()),
        ["triplet, soft"] = () => new TripletLoss(new() { Soft = true }),
        ["triplet, hard"] = () => new TripletLoss(new() { Mining = TripletMining.Hard }),
        ["triplet, hard and soft"] = () => new TripletLoss(new() { Mining = TripletMining.Hard, Soft = true, Squared = true }),
        ["triplet, semi-hard"] = () => new TripletLoss(new() { Mining = TripletMining.SemiHard, Squared = true, Margin = 0.5 }),
        ["multi-similarity"] = () => new MultiSimilarityLoss(new()),
        ["multi-similarity, all"] = () => new MultiSimilarityLoss(new() { Epsilon = null, NegativeScale = 10 }),
        ["supcon"] = () => new SupConLoss(new()),
        ["ntxent"] = () => new NtXentLoss(new()),
        ["circle"] = () => new CircleLoss(new()),
        ["lifted-structure"] = () => new LiftedStructureLoss(new()),
        ["lifted-structure, generalized"] = () => new LiftedStructureLoss(new() { Generalized = true, Scale = 3, Margin = 2 }),
    };

    public static IEnumerable<string> Names => All.Keys;

    public static PairLoss Make(string name) => All[name]();
}
