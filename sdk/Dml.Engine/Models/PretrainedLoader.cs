using Dml.Storage;
using static TorchSharp.torch;

namespace Dml.Engine.Models;

/// <summary>Gives a new backbone the weights that its options name.</summary>
internal static class PretrainedLoader
{
    /// <summary>
    /// Loads the file of <see cref="IBackbone.Pretrained"/>; nothing happens where there is none. The module is changed as a whole or not at all.
    /// </summary>
    /// <param name="backbone">Names the file and maps its names.</param>
    /// <param name="module">Its module, on any device.</param>
    /// <param name="baseDirectory">The folder that a relative path of the file starts at.</param>
    /// <returns>What the user should know.</returns>
    /// <exception cref="DmlException">The file is missing or damaged, or its tensors do not fit the module.</exception>
    public static IReadOnlyList<string> Load(IBackbone backbone, nn.Module module, string baseDirectory)
    {
        ArgumentNullException.ThrowIfNull(backbone);
        if (backbone.Pretrained is not { } pretrained) return [];
        var path = Path.GetFullPath(pretrained.File, baseDirectory);
        if (!File.Exists(path))
        {
            throw new DmlException($"Expected pretrained weights of the backbone at {path}, found no file; "
                + $"get {pretrained.Origin} and put it there, or train from random weights.");
        }

        var file = WeightsFile.Open(path);
        var names = BackboneWeights.Match(backbone, module, file, pretrained.Prefix, "backbone.pretrainedPrefix");
        var beside = names.Beside;
        string[] unknown = [.. names.Unknown.Except(beside)];
        var problem = unknown.Length + names.Missing.Count == 0 ? null
            : $"found {unknown.Length} unknown ({WeightNames.List(unknown)}) and {names.Missing.Count} missing ({WeightNames.List(names.Missing)})";
        if (problem is not null && !pretrained.AllowPartial)
        {
            throw new DmlException(
                $"{path}: expected exactly the tensors of the backbone, {problem}; get {pretrained.Origin}, or allow a partial fit in the backbone's options.");
        }

        BackboneWeights.Copy(module, file, names);
        return
        [
            .. problem is null ? Array.Empty<string>() : [$"{path} fits the backbone in part: {problem}; what is missing keeps its random values."],
            .. beside.Count == 0 ? Array.Empty<string>()
                : [$"{path} holds more than the backbone under \"{names.Prefix}\", which was left out: {WeightNames.List(beside)}."],
            .. names.Note(path), .. WeightsFit.ForeignObjects(file),
        ];
    }
}
