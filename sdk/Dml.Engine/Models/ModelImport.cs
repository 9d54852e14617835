using Dml.Storage;

namespace Dml.Engine.Models;

/// <summary>A model that was trained elsewhere: a file with backbone and head, and perhaps one with the loss's proxies.</summary>
/// <param name="weights">The file of backbone and head, and of the proxies if they stand there too.</param>
/// <param name="proxies">The file of proxies, or null.</param>
/// <param name="allowPartial">Whether unknown and missing tensors are told instead of refused.</param>
/// <param name="choice">What is taken where a file holds more than one of a kind; null to find it.</param>
internal sealed class ModelImport(WeightsFile weights, WeightsFile? proxies, bool allowPartial, ImportChoice? choice = null)
{
    /// <summary>Opens the files, before anything that takes long.</summary>
    /// <param name="weights">Path of the weights.</param>
    /// <param name="proxies">Path of the proxies, or null.</param>
    /// <param name="allowPartial">Whether unknown and missing tensors are told instead of refused.</param>
    /// <param name="choice">What is taken where a file holds more than one of a kind; null to find it.</param>
    public static ModelImport Open(string weights, string? proxies, bool allowPartial, ImportChoice? choice = null) =>
        new(WeightsFile.Open(weights), proxies is null ? null : WeightsFile.Open(proxies), allowPartial, choice);

    /// <summary>Fills the model and the loss; nothing is changed unless everything fits.</summary>
    /// <param name="backbone">Maps the names.</param>
    /// <param name="model">The model.</param>
    /// <param name="loss">The loss.</param>
    /// <returns>Where each part came from, and what the user should know.</returns>
    /// <exception cref="DmlException">Something is missing, unknown or of another shape.</exception>
    public (ImportRecord Record, IReadOnlyList<string> Warnings) Fill(IBackbone backbone, Network model, IMetricLoss loss)
    {
        var chosen = choice ?? ImportChoice.None;
        var names = BackboneWeights.Match(backbone, model.Backbone, weights, chosen.Prefix, "prefix");
        var head = HeadWeights.Find(weights, names, model.Head, chosen.Head);
        IReadOnlyList<string> rest = [.. names.Unknown.Where(n => n != head.Weight && n != head.Bias)];
        var lossParts = proxies is not null
            ? LossWeights.Find(loss, proxies, [.. proxies.Tensors.Keys], $"give the file that has it as {Mention.Option("proxies")}", chosen.ProxiesKey)
            : LossWeights.Find(loss, weights, rest, $"give their file with {Mention.Option("proxies")}", chosen.ProxiesKey);
        if (proxies is null) rest = [.. rest.Except(lossParts.Select(p => p.Name))];
        var warnings = Warnings(names, head, rest);
        foreach (var part in lossParts.Where(p => p.Transposed))
        {
            warnings.Add($"{(proxies ?? weights).Source}: {part.Name} has a column for each proxy and was transposed.");
        }

        BackboneWeights.Copy(model.Backbone, weights, names);
        head.Copy(weights, model.Head);
        foreach (var part in lossParts) part.Copy(proxies ?? weights);
        return (
            new(Path.GetFullPath(weights.Source), names.Prefix, head.Weight, lossParts.ToDictionary(p => p.Parameter.Name, p => p.Name, StringComparer.Ordinal),
                proxies is null ? null : Path.GetFullPath(proxies.Source))
            {
                Chosen = chosen == ImportChoice.None ? null : chosen,
            },
            warnings);
    }

    private List<string> Warnings(WeightNames names, HeadWeights head, IReadOnlyList<string> rest)
    {
        if (rest.Count + names.Missing.Count > 0)
        {
            var problem = $"{rest.Count} unknown ({WeightNames.List(rest)}) and {names.Missing.Count} missing ({WeightNames.List(names.Missing)})";
            if (!allowPartial)
            {
                throw new DmlException(
                    null, "exactly the tensors of backbone and head", problem,
                    $"choose the backbone that the file belongs to, or give {Mention.Option("partial")} to take what fits", weights.Source);
            }

            return [.. Notes(), $"{weights.Source} fits the model in part: found {problem}; what is missing keeps its random values."];
        }

        return Notes();

        List<string> Notes() =>
        [
            .. head.Bias is null ? [$"{weights.Source}: {head.Weight} has no bias beside it; the head's bias is zero."] : Array.Empty<string>(),
            .. names.Note(weights.Source), .. WeightsFit.ForeignObjects(weights), .. proxies is null ? [] : WeightsFit.ForeignObjects(proxies),
        ];
    }
}
