namespace Dml.Numerics.Annotations;

/// <summary>
/// A published list of images: a few lines of a head, then one line an image. Columns stand apart by blanks; blanks and a carriage return at a line's end,
/// and empty lines at the end of the file, are passed over.
/// </summary>
public sealed class ImageList
{
    private static readonly char[] Blanks = [' ', '\t', '\r'];

    private readonly Dictionary<string, int> _images = new(StringComparer.Ordinal);

    private ImageList(string path) => Path = path;

    /// <summary>Absolute path of the file.</summary>
    public string Path { get; }

    /// <summary>Opens a list.</summary>
    /// <param name="path">Absolute path.</param>
    /// <param name="what">What is expected there, such as "a list of Stanford Online Products".</param>
    /// <exception cref="DmlException">It is missing.</exception>
    public static ImageList Open(string path, string what)
    {
        if (File.Exists(path)) return new(path);
        throw new DmlException($"dataset.root: expected {what}, found no file {path}; "
            + "correct the path (relative paths start at the config file) or fetch the dataset.");
    }

    /// <summary>Reads all lines.</summary>
    /// <param name="open">Gives the lines of a file, read as they are asked for.</param>
    /// <param name="head">Lines before the images, each with its columns and its text; may throw what <see cref="Broken"/> gives.</param>
    /// <param name="row">Takes the columns of an image's line, counted from 1.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>How many lines the file has.</returns>
    /// <exception cref="DmlException">The file cannot be read, or an empty line stands before an image; the line is named.</exception>
    public int Read(
        Func<string, IEnumerable<string>> open, IReadOnlyList<Action<string[], string>> head, Action<int, string[]> row, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(open);
        ArgumentNullException.ThrowIfNull(head);
        ArgumentNullException.ThrowIfNull(row);
        try
        {
            return ReadLines(open(Path), head, row, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DmlException($"dataset.root: expected to read {Path}, but the system refused ({e.Message.TrimEnd('.')}); give read access.", e);
        }
    }

    /// <summary>Takes note of an image, which a list names once.</summary>
    /// <param name="image">Its path as the list has it.</param>
    /// <param name="line">Its line.</param>
    /// <exception cref="DmlException">An earlier line names it too.</exception>
    public void RequireNew(string image, int line)
    {
        if (!_images.TryAdd(image, line)) throw Broken(line, $"expected every image once, found {image} again, which line {_images[image]} names too");
    }

    /// <summary>An error in one line.</summary>
    /// <param name="line">The line, from 1.</param>
    /// <param name="sentence">What was expected and what was found.</param>
    public DmlException Broken(int line, string sentence) => new($"{Path}:{line}: {sentence}; correct the line or fetch the file again.");

    private int ReadLines(
        IEnumerable<string> lines, IReadOnlyList<Action<string[], string>> head, Action<int, string[]> row, CancellationToken cancellationToken)
    {
        var (number, blank) = (0, 0);
        foreach (var line in lines)
        {
            number++;
            cancellationToken.ThrowIfCancellationRequested();
            var columns = line.Split(Blanks, StringSplitOptions.RemoveEmptyEntries);
            if (number <= head.Count)
            {
                head[number - 1](columns, line.Trim());
            }
            else if (columns.Length == 0)
            {
                blank = blank == 0 ? number : blank;
            }
            else
            {
                // Empty lines are fine at the end alone.
                if (blank > 0) throw Broken(blank, "expected an image, found an empty line");
                row(number, columns);
            }
        }

        return number;
    }
}
