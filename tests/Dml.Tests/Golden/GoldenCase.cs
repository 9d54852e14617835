using System.Text.Json;
using Dml.Numerics.Storage;
using Dml.Plugins;
using Dml.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace Dml.Tests.Golden;

/// <summary>Golden case a: numbers that the published code gave on a small synthetic problem.</summary>
internal sealed class GoldenCase : IDisposable
{
    private static readonly SafeTensors File = SafeTensors.Open(Fixtures.Path("golden", "a", "case_a.safetensors"));
    private static readonly JsonElement Facts = JsonDocument.Parse(System.IO.File.ReadAllText(Fixtures.Path("golden", "a", "case_a.json"))).RootElement;

    private readonly DisposeScope _scope = NewDisposeScope();

    public GoldenCase(ScalarType precision)
    {
        Precision = precision;
        Loss = new ProxyNcaPPLoss(new() { Scale = 3 }, new(12, 32, precision, CPU));
        using (no_grad()) Loss.Proxies.copy_(Load("in/proxies_pnca"));
        Context = new(
            Load("in/train_features").to(precision), Load("in/train_labels"),
            Load("in/test_features").to(precision), Load("in/test_labels"),
            Load("in/W").to(precision), Load("in/b").to(precision), Loss);
    }

    public ScalarType Precision { get; }

    public ProxyNcaPPLoss Loss { get; }

    public InfluenceContext Context { get; }

    public static Tensor Load(string name) => File.Load(name);

    public static double Scalar(string name) => Facts.GetProperty("scalars").GetProperty("f64").GetProperty(name).GetDouble();

    /// <summary>The ten published groups as "class: confused classes".</summary>
    public static IEnumerable<string> PublishedGroups() => Facts.GetProperty("confusion_class_pairs_topk10").EnumerateArray()
        .Select(group => group.EnumerateArray().ToList())
        .Select(pairs => $"{pairs[0][0]}: {string.Join(",", pairs.Select(pair => pair[1].ToString()))}");

    public static Confusion Confusion(string name)
    {
        if (name.StartsWith("pair", StringComparison.Ordinal))
        {
            var pair = Facts.GetProperty("pairs")[name[^1] - '0'];
            return new(name, ConfusionKind.Pair, [new(pair[0].GetInt32(), pair[1].GetInt32())]);
        }

        var wrong = Load($"{name}/wrong_indices").data<long>().ToArray();
        var confused = Load($"{name}/confuse_indices").data<long>().ToArray();
        return new(name, ConfusionKind.Group, [.. wrong.Zip(confused, (a, b) => new TestPair((int)a, (int)b))]);
    }

    /// <summary>||actual - golden|| / ||golden|| against the float64 tensor.</summary>
    public static double RelativeError(Tensor actual, string name)
    {
        using var scope = NewDisposeScope();
        var golden = Load("f64/" + name).to(float64);
        Assert.Equal(golden.shape, actual.shape);
        return ((actual.to(float64) - golden).norm() / golden.norm()).item<double>();
    }

    /// <summary>float64: 1e-9. float32: 1e-4, or three times what the published float32 run itself shows where that is larger.</summary>
    public double Bound(string name)
    {
        if (Precision == float64) return 1e-9;
        using var scope = NewDisposeScope();
        return Math.Max(1e-4, 3 * RelativeError(Load("f32/" + name), name));
    }

    public void AssertGolden(Tensor actual, string name)
    {
        Assert.Equal(Precision, actual.dtype);
        var error = RelativeError(actual, name);
        Assert.True(error <= Bound(name), $"{name}: relative error {error:E2} is above {Bound(name):E2}");
    }

    public void Dispose()
    {
        Loss.Dispose();
        _scope.Dispose();
    }
}
