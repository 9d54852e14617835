namespace Dml.Generators.Reading;

/// <summary>Names of C# members as they stand in configs.</summary>
internal static class CamelCase
{
    /// <summary>
    /// Lowers the leading capitals up to the one that begins the next word, as JSON serialisers do: Scale to scale, L2Norm to
    /// l2Norm, KNN to knn, IPAddress to ipAddress.
    /// </summary>
    public static string Of(string name)
    {
        var letters = name.ToCharArray();
        for (var i = 0; i < letters.Length && char.IsUpper(letters[i]); i++)
        {
            if (i > 0 && i + 1 < letters.Length && char.IsLower(letters[i + 1])) break;
            letters[i] = char.ToLowerInvariant(letters[i]);
        }

        return new string(letters);
    }
}
