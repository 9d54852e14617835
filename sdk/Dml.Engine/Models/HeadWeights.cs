using Dml.Storage;
using TorchSharp.Modules;

namespace Dml.Engine.Models;

/// <summary>Finds the linear head in a file: of the tensors that the backbone does not take, the one that maps its features.</summary>
/// <param name="Weight">Name of W, (E, D).</param>
/// <param name="Bias">Name of b, (E); null where the head has none, which is a bias of zeros.</param>
internal sealed record HeadWeights(string Weight, string? Bias)
{
    private const string WeightName = "weight";
    private const string BiasName = "bias";

    /// <summary>Finds it.</summary>
    /// <param name="file">The file.</param>
    /// <param name="names">How its names belong to the backbone.</param>
    /// <param name="head">The model's head.</param>
    /// <param name="chosen">Name of its weight; null to find it.</param>
    /// <exception cref="DmlException">There is none, there are several and none is chosen, it has another size, or it is not finite.</exception>
    public static HeadWeights Find(WeightsFile file, WeightNames names, Linear head, string? chosen = null)
    {
        var weight = chosen is null ? Only(file, names, head) : Chosen(file, chosen);
        var bias = IsLast(weight, WeightName) ? weight[..^WeightName.Length] + BiasName : null;
        if (bias is not null && file.Unread.ContainsKey(bias)) throw file.NotRead(bias);
        var found = new HeadWeights(weight, bias is not null && file.Tensors.ContainsKey(bias) ? bias : null);
        Require(found.Weight, head.weight!);
        if (found.Bias is not null) Require(found.Bias, head.bias!);
        return found;

        void Require(string name, TorchSharp.torch.Tensor target)
        {
            if (WeightsFit.Problem(file.Tensors[name], target) is { } problem)
            {
                throw new DmlException($"{file.Source}: expected {name} to be {problem}; it must be the head that {found.Weight} belongs to.");
            }

            WeightsFit.RequireFinite(file, name);
        }
    }

    private static string Chosen(WeightsFile file, string chosen)
    {
        var name = file.Tensors.ContainsKey(chosen) ? chosen : chosen + "." + WeightName;
        if (file.Tensors.ContainsKey(name)) return name;
        if (file.Unread.ContainsKey(chosen)) throw file.NotRead(chosen);
        throw new DmlException(
            "head", $"the name of a tensor in {file.Source}", chosen,
            $"choose one of {WeightNames.List([.. file.Tensors.Where(t => t.Value.Shape.Count == 2).Select(t => t.Key)])}");
    }

    /// <summary>The one tensor that can be the head's weight.</summary>
    private static string Only(WeightsFile file, WeightNames names, Linear head)
    {
        var (rows, columns) = (head.weight!.shape[0], head.weight.shape[1]);
        var candidates = Candidates(names.Unknown);
        var fitting = Fitting(candidates);

        // The head may have the place of a classifier that the backbone leaves out.
        if (fitting.Count == 0) fitting = Fitting(Candidates(names.LeftOut));
        if (fitting.Count == 0)
        {
            throw new DmlException(candidates.Count == 0
                ? $"{file.Source}: expected a head beside the backbone, NAME.weight ({rows}, {columns}) and NAME.bias ({rows}), "
                    + $"found {Describe(file, names.Unknown)}{WeightsFit.AlsoUnread(file)}; save the backbone and its embedding layer together."
                : $"{file.Source}: expected a head of training.embeddingSize = {rows} rows, found {Describe(file, candidates)}; "
                    + $"set training.embeddingSize to {file.Tensors[candidates[0]].Shape[0]}.");
        }

        if (fitting.Count > 1)
        {
            throw new DmlException(
                null, $"one head of shape ({rows}, {columns})", WeightNames.List(fitting),
                $"choose with {Mention.Option("head", fitting[0])}, or another of these",
                file.Source);
        }

        return fitting[0];

        List<string> Candidates(IReadOnlyList<string> among) =>
            [.. among.Where(n => IsLast(n, WeightName) && file.Tensors[n].Shape is [_, var c] && c == columns)];

        List<string> Fitting(IReadOnlyList<string> among) => [.. among.Where(n => file.Tensors[n].Shape[0] == rows)];
    }

    /// <summary>Copies it.</summary>
    public void Copy(WeightsFile file, Linear head)
    {
        WeightsFit.Copy(file, Weight, head.weight!);
        using var noGradient = TorchSharp.torch.no_grad();
        if (Bias is not null) WeightsFit.Copy(file, Bias, head.bias!);
        else TorchSharp.torch.nn.init.zeros_(head.bias!);
    }

    /// <summary>Whether the last part of a dotted name is this one.</summary>
    internal static bool IsLast(string name, string last) => name == last || name.EndsWith("." + last, StringComparison.Ordinal);

    /// <summary>Names with their forms, for a message.</summary>
    internal static string Describe(WeightsFile file, IEnumerable<string> names) => WeightNames.List([.. names.Select(n => $"{n} {file.Tensors[n]}")]);
}
