using Dml.Storage;

namespace Dml.Engine.Features;

/// <summary>A split as its file has it, before classes are numbered.</summary>
/// <param name="Source">Its file.</param>
/// <param name="Rows">Its features.</param>
/// <param name="Numbers">N labels as integers, or null.</param>
/// <param name="Texts">N labels as texts, where they are no integers.</param>
/// <param name="Ids">N names, or null.</param>
/// <param name="Paths">N image files as given, or null.</param>
/// <param name="Groups">N groups, or null.</param>
internal sealed record RawSplit(
    string Source, FeatureRows Rows, IReadOnlyList<long>? Numbers, IReadOnlyList<string>? Texts, IReadOnlyList<string>? Ids, IReadOnlyList<string>? Paths,
    IReadOnlyList<string>? Groups)
{
    /// <summary>Reads the arrays with a prefix.</summary>
    /// <param name="columns">The file.</param>
    /// <param name="prefix">Of the names: <c>train_</c>, or nothing.</param>
    /// <exception cref="DmlException">An array is missing, misshapen, of a wrong dtype or not finite.</exception>
    public static RawSplit Read(FeatureColumns columns, string prefix)
    {
        var name = prefix + FeatureNames.Features;
        if (!columns.Arrays.Entries.TryGetValue(name, out var form)) throw columns.Arrays.Unread(name) ?? columns.Missing($"an array \"{name}\"", name);
        RequireFeatures(columns, name, form);
        var count = form.Shape[0];
        var labels = prefix + FeatureNames.Labels;
        var numbers = columns.Numbers(labels, count);
        var texts = numbers is null ? columns.Texts(labels, count) ?? throw columns.Missing($"an array \"{labels}\"", labels) : null;
        return new(
            columns.Path, new(columns.Arrays, name), numbers, texts, columns.Texts(prefix + FeatureNames.Ids, count),
            columns.Texts(prefix + FeatureNames.Paths, count), columns.Texts(prefix + FeatureNames.Groups, count));
    }

    /// <summary>Some of the items.</summary>
    /// <param name="items">Their indices.</param>
    public RawSplit Where(IReadOnlyList<int> items) => new(
        Source, Rows.Where(items), Pick(Numbers, items), Pick(Texts, items), Pick(Ids, items), Pick(Paths, items),
        Pick(Groups, items));

    private static IReadOnlyList<T>? Pick<T>(IReadOnlyList<T>? values, IReadOnlyList<int> items) => values is null ? null : [.. items.Select(i => values[i])];

    private static void RequireFeatures(FeatureColumns columns, string name, TensorForm form)
    {
        if (FeatureNumbers.FloatOf(form) is null)
        {
            throw new DmlException($"{columns.Path}: expected \"{name}\" as real numbers, found {form.Dtype}; convert it to float32.");
        }

        if (form.Shape.Count is not (2 or 3) || form.Shape.Contains(0) || form.Shape[0] > int.MaxValue)
        {
            throw new DmlException($"{columns.Path}: expected \"{name}\" of shape (samples, features) or (samples, views, features), "
                + $"found ({string.Join(", ", form.Shape)}); give one row a sample.");
        }

        if (!columns.Arrays.HasRows(name))
        {
            throw new DmlException($"{columns.Path}: expected \"{name}\" in C order and little-endian, found another layout; "
                + "save numpy.ascontiguousarray(features), which is read row by row.");
        }
    }
}
