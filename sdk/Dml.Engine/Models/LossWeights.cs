using Dml.Storage;

namespace Dml.Engine.Models;

/// <summary>The tensor of a file that becomes a parameter of the loss.</summary>
/// <param name="Parameter">The parameter.</param>
/// <param name="Name">The file's name.</param>
/// <param name="Transposed">Whether the file has it the other way round: SoftTriple's published <c>fc</c> is (E, C*K).</param>
internal sealed record LossWeights(NamedParameter Parameter, string Name, bool Transposed)
{
    /// <summary>A square matrix of this name is SoftTriple's, with a column for each centre.</summary>
    private const string ColumnsName = "fc";

    /// <summary>Finds every parameter of a loss: by its name, else as the only tensor of its shape, either way round.</summary>
    /// <param name="loss">The loss.</param>
    /// <param name="file">The file.</param>
    /// <param name="names">Names in the file that may be the loss's.</param>
    /// <param name="remedy">What to do where there is none.</param>
    /// <param name="chosen">Name of the tensor that becomes the first parameter, the proxies; null to find it.</param>
    /// <exception cref="DmlException">A parameter is missing, ambiguous, of another shape, or not finite.</exception>
    public static IReadOnlyList<LossWeights> Find(IMetricLoss loss, WeightsFile file, IReadOnlyList<string> names, Wording remedy, string? chosen = null)
    {
        var found = new List<LossWeights>();
        foreach (var (index, parameter) in loss.Parameters.Index())
        {
            var free = chosen is not null && index == 0 ? [Chosen(file, chosen)] : names.Except(found.Select(f => f.Name)).ToList();
            found.Add(Find(parameter, file, free, remedy));
            WeightsFit.RequireFinite(file, found[^1].Name);
        }

        return found;
    }

    private static string Chosen(WeightsFile file, string chosen)
    {
        if (file.Tensors.ContainsKey(chosen)) return chosen;
        if (file.Unread.ContainsKey(chosen)) throw file.NotRead(chosen);
        throw new DmlException(
            "proxiesKey", $"the name of a tensor in {file.Source}", chosen,
            $"choose one of {WeightNames.List([.. file.Tensors.Where(t => t.Value.Shape.Count == 2).Select(t => t.Key)])}");
    }

    /// <summary>Copies it.</summary>
    public void Copy(WeightsFile file) => WeightsFit.Copy(file, Name, Parameter.Value, Transposed);

    private static LossWeights Find(NamedParameter parameter, WeightsFile file, IReadOnlyList<string> names, Wording remedy)
    {
        var wanted = new TensorForm(parameter.Value.dtype, parameter.Value.shape);
        var candidates = names.Where(n => HeadWeights.IsLast(n, parameter.Name)).ToList();
        if (candidates.Count == 0) candidates = [.. names.Where(n => Fit(file.Tensors[n], n, parameter) is not null)];
        if (candidates.Count == 0 && names.Count == 1) candidates = [.. names];
        return candidates switch
        {
            [] when file.Unread.Keys.FirstOrDefault(n => HeadWeights.IsLast(n, parameter.Name)) is { } unread => throw file.NotRead(unread),
            [] => throw new DmlException(null, $"the loss's {parameter.Name}, {wanted}", HeadWeights.Describe(file, names), remedy, file.Source),
            [var name] when Fit(file.Tensors[name], name, parameter) is { } transposed => new(parameter, name, transposed),
            [var name] => throw new DmlException($"{file.Source}: expected {name} to be the loss's {parameter.Name}, {wanted}, found {file.Tensors[name]}; "
                + "choose the dataset, the loss and its options, and the training.embeddingSize that the model was trained with."),
            _ => throw new DmlException(
                null, $"one tensor for the loss's {parameter.Name}, {wanted}", HeadWeights.Describe(file, candidates),
                $"choose with {Mention.Option("proxiesKey", candidates[0])}, or another of these", file.Source),
        };
    }

    /// <summary>Whether a tensor fits transposed (true) or as it is (false); null where it does not fit.</summary>
    private static bool? Fit(TensorForm form, string name, NamedParameter parameter)
    {
        var straight = WeightsFit.Problem(form, parameter.Value) is null;
        var across = form.Shape.Count == 2 && WeightsFit.Problem(form, parameter.Value, transposed: true) is null;
        return straight && across ? HeadWeights.IsLast(name, ColumnsName) : straight ? false : across ? true : null;
    }
}
