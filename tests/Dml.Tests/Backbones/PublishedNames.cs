using Dml.Tests.Support;
using static TorchSharp.torch;

namespace Dml.Tests.Backbones;

/// <summary>Names and shapes of a published state_dict, written down from the published code.</summary>
internal static class PublishedNames
{
    /// <summary>One "name (shape)" a tensor.</summary>
    public static List<string> Of(string backbone) =>
        [.. File.ReadLines(Fixtures.Path("backbones", backbone + ".names.txt")).Where(line => !line.StartsWith('#'))];

    /// <summary>The same of a module.</summary>
    public static List<string> Of(nn.Module module) =>
        [.. module.state_dict().Select(entry => $"{entry.Key} ({string.Join(", ", entry.Value.shape)})")];
}
