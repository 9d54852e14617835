using Dml.Storage;
using static TorchSharp.torch;

namespace Dml.Engine.Models;

/// <summary>Fills a backbone from a file: matches names, checks every shape, and only then changes anything.</summary>
internal static class BackboneWeights
{
    /// <summary>Matches the file's names with the module's.</summary>
    /// <param name="backbone">Maps the names.</param>
    /// <param name="module">Its module.</param>
    /// <param name="file">The file.</param>
    /// <param name="prefix">What stands before the backbone's names; null to find it.</param>
    /// <param name="option">The option that chooses the prefix.</param>
    /// <exception cref="DmlException">
    /// Not one tensor of the file belongs to the backbone, it is there more than once, or a tensor has another shape, cannot be read or is not finite.
    /// </exception>
    public static WeightNames Match(IBackbone backbone, nn.Module module, WeightsFile file, string? prefix, string option)
    {
        var state = module.state_dict();
        var names = WeightNames.Match([.. file.Tensors.Keys], state.Keys, backbone.MapWeightName, file.Source, prefix, option);
        RequireReadable(backbone, file, names);
        if (names.Found.Count == 0)
        {
            throw new DmlException($"{file.Source}: expected tensors of the backbone, such as {WeightNames.List([.. state.Keys.Take(3)])}, "
                + $"found {WeightNames.List([.. file.Tensors.Keys])}{WeightsFit.AlsoUnread(file)}; choose the backbone that the file belongs to.");
        }

        foreach (var (target, name) in names.Found)
        {
            if (WeightsFit.Problem(file.Tensors[name], state[target]) is { } problem)
            {
                throw new DmlException($"{file.Source}: expected {name} to be {problem}; choose the backbone and the options that the file was made with.");
            }
        }

        foreach (var name in names.Found.Values) WeightsFit.RequireFinite(file, name);
        return names;
    }

    /// <summary>A tensor of the backbone that is there in a form that cannot be read is not one that is missing.</summary>
    private static void RequireReadable(IBackbone backbone, WeightsFile file, WeightNames names)
    {
        var missing = names.Missing.ToHashSet(StringComparer.Ordinal);
        foreach (var name in file.Unread.Keys.Where(n => n.StartsWith(names.Prefix, StringComparison.Ordinal)))
        {
            if (backbone.MapWeightName(name[names.Prefix.Length..]) is { } target && missing.Contains(target)) throw file.NotRead(name);
        }
    }

    /// <summary>Copies what was matched.</summary>
    public static void Copy(nn.Module module, WeightsFile file, WeightNames names)
    {
        var state = module.state_dict();
        foreach (var (target, name) in names.Found) WeightsFit.Copy(file, name, state[target]);
    }
}
