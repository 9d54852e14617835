using Dml.Storage;
using static TorchSharp.torch;

namespace Dml.Engine.Models;

/// <summary>Fills a backbone from a file: matches names, checks every shape, and only then changes anything.</summary>
internal static class BackboneWeights
{
    /// <summary>Matches the file's names with the module's.</summary>
    /// <exception cref="DmlException">Not one tensor of the file belongs to the backbone, or one has another shape.</exception>
    public static WeightNames Match(IBackbone backbone, nn.Module module, WeightsFile file)
    {
        var state = module.state_dict();
        var names = WeightNames.Match([.. file.Tensors.Keys], state.Keys, backbone.MapWeightName, file.Source);
        if (names.Found.Count == 0)
        {
            throw new DmlException($"{file.Source}: expected tensors of the backbone, such as {WeightNames.List([.. state.Keys.Take(3)])}, "
                + $"found {WeightNames.List([.. file.Tensors.Keys])}; choose the backbone that the file belongs to.");
        }

        foreach (var (target, name) in names.Found)
        {
            if (WeightsFit.Problem(file.Tensors[name], state[target]) is { } problem)
            {
                throw new DmlException($"{file.Source}: expected {name} to be {problem}; choose the backbone and the options that the file was made with.");
            }
        }

        return names;
    }

    /// <summary>Copies what was matched.</summary>
    public static void Copy(nn.Module module, WeightsFile file, WeightNames names)
    {
        var state = module.state_dict();
        foreach (var (target, name) in names.Found) WeightsFit.Copy(file, name, state[target]);
    }
}
