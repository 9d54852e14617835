using System.CommandLine;
using Dml.Engine.Sessions;
using TorchSharp;

namespace Dml.Host.Commands;

/// <summary>Options that several commands have.</summary>
internal static class CommonOptions
{
    public static Option<string[]> Set() => new("--set")
    {
        Description = "Overrides a config value: path=value, for example training.epochs=5. Repeatable.",
        HelpName = "path=value",
        DefaultValueFactory = _ => [],
    };

    public static Option<string[]> Plugins() =>
        new("--plugins") { Description = "A further folder with plugins. Repeatable.", HelpName = "DIR", DefaultValueFactory = _ => [] };

    public static Option<string[]> Checkpoints() =>
        new("--checkpoint")
        {
            Description = "A features file of an earlier moment of the training, for what follows the training; oldest first. Repeatable.",
            HelpName = "FILE",
            DefaultValueFactory = _ => [],
        };

    public static Option<bool> Overwrite() => new("--overwrite") { Description = "Replace a run that stands at the output folder." };

    public static Option<long?> Seed() => new("--seed") { Description = "Seed of every random draw; the same as --set seed=N.", HelpName = "N" };

    public static Option<string?> Device() => new("--device") { Description = "auto, cpu, cuda or cuda:n; the same as --set device=NAME.", HelpName = "NAME" };

    public static Option<string?> Out(string description) => new("--out") { Description = description, HelpName = "DIR" };

    public static Option<string> Precision()
    {
        var option = new Option<string>("--precision") { Description = "float32 or float64.", DefaultValueFactory = _ => "float32" };
        option.AcceptOnlyFromAmong("float32", "float64");
        return option;
    }

    /// <summary>What looks like an option among files is one that the command does not have.</summary>
    /// <param name="files">Files or ids.</param>
    /// <exception cref="DmlException">One begins with a hyphen and names no file.</exception>
    public static void RefuseOptions(IEnumerable<string> files)
    {
        if (files.FirstOrDefault(file => file.StartsWith('-') && !Path.Exists(file)) is not { } option) return;
        throw new DmlException($"{option}: expected an image, found what looks like an option, which the command does not have; --help lists its options.");
    }

    public static torch.ScalarType ParsePrecision(string name) => name == "float64" ? torch.ScalarType.Float64 : torch.ScalarType.Float32;

    /// <summary>--seed and --device as overrides, after those of --set.</summary>
    public static IReadOnlyList<string> Overrides(string[] set, long? seed, string? device) =>
    [
        .. set,
        .. seed is { } number ? new[] { FormattableString.Invariant($"{HostSections.Seed}={number}") } : [],
        .. device is not null ? new[] { $"{HostSections.Device}={device}" } : [],
    ];
}
