namespace Dml.Host.Commands;

/// <summary>How the command line writes the options and operations that the engine names in its messages: the one place where a name becomes a flag.</summary>
internal static class CommandNames
{
    private const string Set = "--set";

    /// <summary>Flags by the engine's option name; a name without an entry is shown as it is.</summary>
    public static IReadOnlyDictionary<string, string> Flags { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["adamEpsilon"] = "--adam-epsilon",
        ["batch"] = "--batch",
        ["brittleness"] = "--brittleness",
        ["checkpoints"] = "--checkpoint",
        ["device"] = "--device",
        ["estimator"] = "--estimator",
        ["features"] = "--features",
        ["groups"] = "--groups",
        ["host"] = "--host",
        ["learningRate"] = "--learning-rate",
        ["leaveOneOut"] = "--leave-one-out",
        ["leaveOut"] = "--leave-out",
        ["loss"] = "--loss",
        ["onnx"] = "--onnx",
        ["optimizer"] = "--optimizer",
        ["orders"] = "--orders",
        ["output"] = "--out",
        ["overrides"] = Set,
        ["overwrite"] = "--overwrite",
        ["pairs"] = "--pair",
        ["partial"] = "--partial",
        ["plugins"] = "--plugins",
        ["port"] = "--port",
        ["prefix"] = "--prefix",
        ["head"] = "--head",
        ["proxies"] = "--proxies",
        ["proxiesKey"] = "--proxies-key",
        ["resume"] = "--resume",
        ["sampleBlock"] = "--block",
        ["scorer"] = "--scorer",
        ["seeds"] = "--seeds",
        ["shard"] = "--shard",
        ["shardBy"] = "--shard-by",
        ["solveOnly"] = "--solve",
        ["steps"] = "--steps",
        ["subsets"] = "--subsets",
        ["targetBlock"] = "--target-block",
        ["testFeatures"] = "--test-features",
        ["token"] = "--token",
        ["top"] = "--top",
        ["wrongPairs"] = "--pairs",
    };

    /// <summary>A flag, or a command in backticks.</summary>
    /// <param name="mention">What a message names.</param>
    public static string Of(Mention mention) => mention.IsOperation
        ? $"`dml {string.Join(' ', [mention.Name, .. mention.Arguments.Select(a => Written(a.Key, NextStep.Quoted(a.Value)))])}`"
        : mention.Value is { } value && mention.Name.Contains('.', StringComparison.Ordinal) ? $"{Set} {mention.Name}={value}"
        : Written(mention.Name, mention.Value, mention.Name);

    /// <param name="option">The engine's name.</param>
    /// <param name="value">Its value, or null.</param>
    /// <param name="unknown">What stands for an option without a flag; empty where its value says it all, as that of an argument does.</param>
    private static string Written(string option, string? value, string unknown = "")
    {
        var flag = Flags.GetValueOrDefault(option, unknown);
        return flag.Length == 0 ? value ?? "" : value is null ? flag : $"{flag} {value}";
    }
}
