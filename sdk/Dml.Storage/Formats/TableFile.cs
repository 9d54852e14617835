namespace Dml.Storage;

/// <summary>Reads tables of text that a user named.</summary>
public static class TableFile
{
    /// <summary>Reads a table of fields, UTF-8 unless its first bytes say otherwise.</summary>
    /// <param name="path">The file.</param>
    /// <param name="expected">What it should be, with its article, for the message that refuses another kind of file.</param>
    /// <exception cref="DmlException">It is an HTML page, a Git LFS pointer, an archive, an image or another kind of file that is no table.</exception>
    /// <exception cref="IOException">It is missing, no regular file, or the system refuses.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static string ReadText(string path, string expected)
    {
        InputFile.RequireRegular(path);
        using (var source = ByteSource.OfFile(path, expected))
        {
            if (source.Length > 0 && FileFormat.Of(source) is { IsText: false } found)
            {
                throw new DmlException($"{path}: expected {expected}, found {found.Name}; {found.Remedy}.");
            }
        }

        return InputFile.ReadText(path);
    }
}
