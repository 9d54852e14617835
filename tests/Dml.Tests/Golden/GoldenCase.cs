using System.Text.Json;
using Dml.Plugins;
using Dml.Storage;
using Dml.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace Dml.Tests.Golden;

/// <summary>Golden case a: numbers that the published code gave on a small synthetic problem, with one of its two losses.</summary>
internal sealed class GoldenCase : IDisposable
{
    private static readonly SafeTensors File = SafeTensors.Open(Fixtures.Path("golden", "a", "case_a.safetensors"));
    private static readonly JsonElement Facts = JsonDocument.Parse(System.IO.File.ReadAllText(Fixtures.Path("golden", "a", "case_a.json"))).RootElement;

    /// <summary>ProxyNCA++ and SoftTriple, as the golden tensors' names end.</summary>
    public static readonly string[] Losses = ["pnca", "st"];

    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly string _loss;

    public GoldenCase(ScalarType precision, string loss = "pnca")
    {
        (Precision, _loss) = (precision, loss);
        var shape = new LossShape(12, 32, precision, CPU);
        Loss = loss == "st"
            ? new SoftTripleLoss(new() { Scale = 20, Gamma = 0.1, Tau = 0.2, Margin = 0.01, Centers = 1 }, shape)
            : new ProxyNcaPPLoss(new() { Scale = 3 }, shape);
        using (no_grad()) Loss.Proxies.copy_(Load("in/proxies_" + loss));
        Context = new(
            Load("in/train_features").to(precision), Load("in/train_labels"),
            Load("in/test_features").to(precision), Load("in/test_labels"),
            Load("in/W").to(precision), Load("in/b").to(precision), Loss);
    }

    public ScalarType Precision { get; }

    public IProxyLoss Loss { get; }

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

    /// <summary>Compares with the tensor of this case's loss: NAME_pnca or NAME_st.</summary>
    public void AssertGoldenOfLoss(Tensor actual, string name) => AssertGolden(actual, $"{name}_{_loss}");

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
