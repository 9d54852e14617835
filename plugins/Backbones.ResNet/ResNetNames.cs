namespace Dml.Plugins;

/// <summary>Names in weights files of torchvision's ResNets.</summary>
internal static class ResNetNames
{
    /// <summary>
    /// What torchvision's children are called once they are wrapped as one list, as published code does: 2, 3 and 8 have no weights, 9 is the classifier.
    /// </summary>
    private static readonly Dictionary<string, string> Children = new(StringComparer.Ordinal)
    {
        ["0"] = "conv1",
        ["1"] = "bn1",
        ["4"] = "layer1",
        ["5"] = "layer2",
        ["6"] = "layer3",
        ["7"] = "layer4",
    };

    /// <summary>The module's name for one of a file; null for the classifier, which is left out.</summary>
    public static string? Map(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name is "fc.weight" or "fc.bias" or "9.weight" or "9.bias") return null;
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 && Children.TryGetValue(name[..dot], out var child) ? child + name[dot..] : name;
    }
}
