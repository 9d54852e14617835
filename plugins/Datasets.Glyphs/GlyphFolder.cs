using System.Globalization;
using Dml.Storage;

namespace Dml.Plugins;

/// <summary>The folder of the drawn images: complete with its manifest, or absent.</summary>
/// <param name="root">Absolute path.</param>
/// <param name="settings">What the folder shall hold.</param>
internal sealed class GlyphFolder(string root, GlyphManifest settings)
{
    private const string Remedy = "choose another root, or remove it to have it drawn anew";

    /// <summary>Name of a class: all of one width, so that ordinal order is the order of the indices.</summary>
    /// <param name="index">Index of the class.</param>
    public string ClassName(int index) => "class" + Padded(index, settings.Classes);

    /// <summary>File name of an image.</summary>
    /// <param name="index">Index within its class.</param>
    public string ImageName(int index) => Padded(index, settings.SamplesPerClass) + ".png";

    /// <summary>True when the dataset is there already; false when it is to be drawn.</summary>
    /// <exception cref="DmlException">Something else stands there.</exception>
    public bool IsComplete() => Guard(() =>
    {
        if (File.Exists(root)) throw new DmlException($"dataset.root: expected a folder for the drawn images, found a file at {root}; choose another root.");
        if (!Directory.Exists(root) || !Directory.EnumerateFileSystemEntries(root).Any()) return false;
        var manifest = Path.Combine(root, GlyphManifest.FileName);
        if (!File.Exists(manifest))
        {
            throw new DmlException(
                $"dataset.root: expected a new folder or one with drawn images, found other files and no {GlyphManifest.FileName} in {root}; {Remedy}.");
        }

        var differences = settings.DifferencesFrom(InputFile.ReadText(manifest));
        if (differences.Count > 0)
        {
            throw new DmlException(
                $"dataset.root: expected images drawn with the settings of this config, found {string.Join(", ", differences)} in {manifest}; {Remedy}.");
        }

        var missing = Files().FirstOrDefault(file => !File.Exists(Path.Combine(root, file)));
        if (missing is not null)
        {
            throw new DmlException($"dataset.root: expected all {settings.Classes * settings.SamplesPerClass} images that {manifest} speaks of, "
                + $"found no {Path.Combine(root, missing)}; {Remedy}.");
        }

        return true;
    });

    /// <summary>Draws all images into a folder beside, which then takes the name; removes it when that fails or is cancelled.</summary>
    /// <param name="progress">Receives progress of each class.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public void Draw(IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        // A name of its own lets two runs draw the same dataset at once.
        var partial = $"{root}.partial-{Guid.NewGuid():N}";
        Guard(() =>
        {
            try
            {
                Directory.CreateDirectory(partial);
                DrawInto(partial, progress, cancellationToken);
                Rename(partial);
                return true;
            }
            finally
            {
                if (Directory.Exists(partial)) Directory.Delete(partial, recursive: true);
            }
        });
    }

    private void DrawInto(string folder, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        var classes = GlyphAlphabet.Draw(settings);
        for (var c = 0; c < classes.Length; c++)
        {
            progress.Report(new("draw glyphs", c, classes.Length));
            Directory.CreateDirectory(Path.Combine(folder, ClassName(c)));
            for (var i = 0; i < settings.SamplesPerClass; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var pixels = GlyphPen.Draw(classes[c], new(settings.Seed, 2, c, i), settings);
                File.WriteAllBytes(Path.Combine(folder, ClassName(c), ImageName(i)), GrayPng.Encode(pixels, settings.Size));
            }
        }

        File.WriteAllText(Path.Combine(folder, GlyphManifest.FileName), settings.ToJson());
        progress.Report(new("draw glyphs", classes.Length, classes.Length));
    }

    private void Rename(string partial)
    {
        // Another run may have drawn the same dataset meanwhile; IsComplete throws if it is another one.
        if (IsComplete()) return;
        if (Directory.Exists(root)) Directory.Delete(root);
        Directory.Move(partial, root);
    }

    private IEnumerable<string> Files() =>
        from c in Enumerable.Range(0, settings.Classes)
        from i in Enumerable.Range(0, settings.SamplesPerClass)
        select Path.Combine(ClassName(c), ImageName(i));

    private static string Padded(int index, int count)
    {
        var digits = Math.Max(3, (count - 1).ToString(CultureInfo.InvariantCulture).Length);
        return index.ToString(CultureInfo.InvariantCulture).PadLeft(digits, '0');
    }

    private T Guard<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DmlException(
                $"dataset.root: expected to read and write the drawn images in {root}, found that it fails ({e.Message.TrimEnd('.')}); "
                    + "free space, give access or choose another root.",
                e);
        }
    }
}
