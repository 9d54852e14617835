using System.Text.Json.Serialization;
using Dml.Numerics;

namespace Dml.Engine;

/// <summary>A test item that one run retrieves and the other does not.</summary>
/// <param name="Id">Its id.</param>
/// <param name="ClassName">Name of its class.</param>
/// <param name="TakenForId">Id of the nearest neighbour in the run that gets it wrong.</param>
/// <param name="TakenForName">Name of that neighbour's class.</param>
public sealed record ChangedItem(string Id, string ClassName, string TakenForId, string TakenForName);

/// <summary>A class whose number of wrong items differs between two runs.</summary>
/// <param name="ClassName">Its name.</param>
/// <param name="Items">Test items of it that both runs have.</param>
/// <param name="WrongBefore">Wrong ones in the first run.</param>
/// <param name="WrongAfter">Wrong ones in the second run.</param>
public sealed record ChangedClass(string ClassName, int Items, int WrongBefore, int WrongAfter);

/// <summary>
/// Two runs on the same test items, matched by id. An item is right where its nearest other test item has its class, which is how
/// <see cref="Confusions"/> counts; its neighbours are sought among all test items of its own run.
/// </summary>
/// <param name="Items">Test items that both runs have.</param>
/// <param name="OnlyBefore">Test items of the first run alone, which are left out.</param>
/// <param name="OnlyAfter">Test items of the second run alone, which are left out.</param>
/// <param name="WrongBefore">Wrong items in the first run, of those that both have.</param>
/// <param name="WrongAfter">Wrong items in the second run, of those that both have.</param>
/// <param name="Cured">Wrong in the first run and right in the second, by id.</param>
/// <param name="New">Right in the first run and wrong in the second, by id.</param>
/// <param name="Classes">The classes whose number of wrong items changed, largest change first, then by name.</param>
/// <param name="Test">McNemar's exact test: might as many have changed either way by chance?</param>
public sealed record RunComparison(
    int Items, int OnlyBefore, int OnlyAfter, int WrongBefore, int WrongAfter, IReadOnlyList<ChangedItem> Cured, IReadOnlyList<ChangedItem> New,
    IReadOnlyList<ChangedClass> Classes, McNemarTest Test)
{
    /// <summary>R@1 of the second run less that of the first, on the items that both have, -1 to 1.</summary>
    public double Gain => (WrongBefore - WrongAfter) / (double)Items;

    /// <summary>Interval of 95 % of the gain, a bootstrap over classes, whose items resemble each other.</summary>
    [JsonIgnore]
    public BootstrapInterval GainInterval { get; private init; }

    internal static RunComparison Of(Run before, Run after)
    {
        var (first, second) = (Outcomes(before), Outcomes(after));
        string[] shared = [.. first.Keys.Where(second.ContainsKey).Order(StringComparer.Ordinal)];
        if (shared.Length == 0)
        {
            throw new DmlException(
                null, "two runs with the same test items", $"no id that stands in both {before.Path} and {after.Path}", "compare runs of one dataset");
        }

        ChangedItem[] cured = [.. shared.Where(id => !first[id].IsRight && second[id].IsRight).Select(id => Changed(id, first[id]))];
        ChangedItem[] spoilt = [.. shared.Where(id => first[id].IsRight && !second[id].IsRight).Select(id => Changed(id, second[id]))];
        return new(
            shared.Length, first.Count - shared.Length, second.Count - shared.Length, shared.Count(id => !first[id].IsRight),
            shared.Count(id => !second[id].IsRight), cured, spoilt, ByClass(shared, first, second), McNemarTest.Of(cured.Length, spoilt.Length))
        {
            GainInterval = BootstrapInterval.OfClusters(
                [.. shared.GroupBy(id => first[id].ClassName, StringComparer.Ordinal).Select(g => g.Select(id => Change(first[id], second[id])).ToArray())]),
        };
    }

    private static double Change(Outcome before, Outcome after) => (after.IsRight ? 1 : 0) - (before.IsRight ? 1 : 0);

    private static ChangedItem Changed(string id, Outcome wrong) => new(id, wrong.ClassName, wrong.NeighbourId, wrong.NeighbourName);

    private static ChangedClass[] ByClass(string[] shared, Dictionary<string, Outcome> first, Dictionary<string, Outcome> second) =>
        [.. shared.GroupBy(id => first[id].ClassName, StringComparer.Ordinal)
            .Select(g => new ChangedClass(g.Key, g.Count(), g.Count(id => !first[id].IsRight), g.Count(id => !second[id].IsRight)))
            .Where(c => c.WrongBefore != c.WrongAfter)
            .OrderByDescending(c => Math.Abs(c.WrongBefore - c.WrongAfter)).ThenBy(c => c.ClassName, StringComparer.Ordinal)];

    private static Dictionary<string, Outcome> Outcomes(Run run)
    {
        var model = run.Model;
        var outcomes = new Dictionary<string, Outcome>(model.TestIds.Count, StringComparer.Ordinal);
        foreach (var (i, id) in model.TestIds.Index())
        {
            var nearest = model.Neighbours.At(i);
            var outcome = new Outcome(
                model.TestLabels[i] == model.TestLabels[nearest], model.ClassName(model.TestLabels[i]), model.TestIds[nearest],
                model.ClassName(model.TestLabels[nearest]));
            if (!outcomes.TryAdd(id, outcome))
            {
                throw new DmlException(null, $"test items with ids of their own in {run.Path}", $"\"{id}\" twice", "give every item its own id");
            }
        }

        return outcomes;
    }

    private sealed record Outcome(bool IsRight, string ClassName, string NeighbourId, string NeighbourName);
}
