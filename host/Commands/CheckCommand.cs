using System.CommandLine;
using Dml.Configuration;
using Dml.Engine;
using Dml.Engine.Config;
using Dml.Engine.Runs;
using Dml.Engine.Sessions;
using Dml.Host.Terminal;
using Dml.Torch;

namespace Dml.Host.Commands;

/// <summary>dml check: is a run whole, or would a training by a config begin?</summary>
internal static class CheckCommand
{
    public static Command Create()
    {
        var command = new Command(
            "check",
            "Tells of every file of a run whether it is sound; or looks at all images of a config and tells what is wrong or odd before it is trained.");
        var path = new Argument<string>("RUN|CONFIG") { Description = "A run folder, or a config file." };
        var (set, plugins, seed, device) = (CommonOptions.Set(), CommonOptions.Plugins(), CommonOptions.Seed(), CommonOptions.Device());
        command.Arguments.Add(path);
        Option[] ofConfigs = [set, seed, device, plugins];
        foreach (var option in ofConfigs) command.Options.Add(option);
        command.SetAction((arguments, cancellation) => Task.FromResult(CommandRunner.Run(
            (progress, token) =>
            {
                var given = arguments.GetValue(path)!;
                if (File.Exists(given))
                {
                    var root = ConfigFile.Load(given, CommonOptions.Overrides(arguments.GetValue(set)!, arguments.GetValue(seed), arguments.GetValue(device)));
                    NativeTorch.EnsureLoaded();
                    using var making = RunMaking.Open(
                        root, Path.GetDirectoryName(Path.GetFullPath(given))!, PluginCatalog.Load(arguments.GetValue(plugins)!), progress, token);
                    Print(given, making.Check());
                    return;
                }

                if (ofConfigs.FirstOrDefault(o => arguments.GetResult(o) is { Implicit: false }) is { } other)
                {
                    throw new DmlException(
                        $"{other.Name}: expected a config file with it, found {given}, which is none; name the file, or leave it out for a run.");
                }

                Check(Directory.Exists(given) ? RunFolder.Open(given) : throw NeitherThere(given));
            },
            cancellation)));
        return command;
    }

    private static DmlException NeitherThere(string given)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(given));
        var names = Directory.Exists(folder) ? [.. Directory.EnumerateFileSystemEntries(folder).Select(e => Path.GetFileName(e))] : Array.Empty<string>();
        var near = NearestName.Find(Path.GetFileName(given), names);
        var hint = near is null ? "correct the path" : $"perhaps {Path.Combine(Path.GetDirectoryName(given) ?? "", near)} is meant";
        return new(null, "a run folder or a config file", $"nothing at {given}", $"{hint}");
    }

    /// <summary>What there is, then a line for each thing found; that training would fail is an error.</summary>
    private static void Print(string config, DataCheck check)
    {
        if (check.Sizes is { } sizes)
        {
            Console.WriteLine($"training: {check.TrainingImages} images of {check.TrainingClasses} classes");
            Console.WriteLine($"test: {check.TestImages} images of {check.TestClasses} classes");
            Console.WriteLine($"sizes: {Size(sizes.Smallest)} to {Size(sizes.Largest)} pixels, median {Size(sizes.Median)}");
            if (check.BatchSize > 0) Console.WriteLine($"batches: {check.BatchesPerEpoch} of {check.BatchSize} images an epoch");
        }

        foreach (var warning in check.Warnings) CommandOutput.Current.Tell($"warning: {warning}");
        foreach (var error in check.Errors) CommandOutput.Current.Tell($"error: {error.ToSentence(CommandNames.Of)}");
        if (!check.CanTrain)
        {
            throw new DmlException(
                $"Expected a config that can be trained, found {check.Errors.Count} {(check.Errors.Count == 1 ? "error" : "errors")} in {config}; "
                    + "the lines above say what to do.");
        }

        Console.WriteLine(check.Warnings.Count == 0 ? "Nothing odd was found; a training would begin." : "A training would begin.");
        NextStep.Say($"dml train {NextStep.Quoted(config)}", "trains it", "check");

        static string Size(PixelSize size) => $"{size.Width} x {size.Height}";
    }

    /// <summary>One line a file; that the run is not whole is an error.</summary>
    private static void Check(RunFolder run)
    {
        NativeTorch.EnsureLoaded();
        var files = RunCheck.Of(run);
        foreach (var file in files)
        {
            var state = file.Problem is { } problem ? problem.ToSentence(CommandNames.Of) : file.Note is { } note ? $"sound ({note})" : "sound";
            var line = $"{file.Name}: {state.TrimEnd('.')}";
            if (file.Problem is null) Console.WriteLine(line);
            else CommandOutput.Current.Tell(line);
        }

        string[] bad = [.. files.Where(f => f.Problem is not null).Select(f => f.Name)];
        if (bad.Length > 0)
        {
            throw new DmlException($"Expected a whole run in {run.Path}, found {bad.Length} of {files.Count} files that are not ({string.Join(", ", bad)}); "
                + "the lines above say what to do.");
        }
    }
}
