using Dml.Storage;

namespace Dml.Engine.Runs;

/// <summary>Checks of a folder that a user named, where results are put into a folder beside what else is there.</summary>
internal static class ResultsFolder
{
    private static readonly Wording ChooseAnother = $"choose another {Mention.Option("output")}";

    /// <summary>The folder to write to: as given, or where the link that was given leads.</summary>
    /// <param name="folder">As the user named it.</param>
    /// <param name="own">The one run that the results belong to, or null.</param>
    /// <exception cref="DmlException">It is a file, or a run that the results do not belong to.</exception>
    public static string Check(string folder, string? own)
    {
        var place = OutputFolder.Resolve(folder);
        if (File.Exists(place)) throw new DmlException("output", "a folder for the results", $"the file {folder}", ChooseAnother);
        if ((own is null || place != OutputFolder.Resolve(own)) && File.Exists(new RunFolder(place).Facts))
        {
            throw new DmlException("output", "a folder for the results", $"the run {folder}, which they do not belong to", ChooseAnother);
        }

        return place == Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)) ? folder : place;
    }
}
