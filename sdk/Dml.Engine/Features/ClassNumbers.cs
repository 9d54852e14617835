using System.Globalization;

namespace Dml.Engine.Features;

/// <summary>Numbers the classes of labels: those of the training split first, in order of their number or name, then those of the test split alone.</summary>
internal sealed class ClassNumbers
{
    private readonly Dictionary<long, int> _ofNumber = [];
    private readonly Dictionary<string, int> _ofText = new(StringComparer.Ordinal);

    /// <summary>Numbers them.</summary>
    /// <param name="training">The training split.</param>
    /// <param name="test">The parts of the test split.</param>
    /// <param name="names">Names by integer label, or null.</param>
    /// <exception cref="DmlException">Some labels are integers and others texts, one is negative, or one has no name.</exception>
    public ClassNumbers(RawSplit training, IReadOnlyList<RawSplit> test, IReadOnlyList<string>? names)
    {
        foreach (var part in test)
        {
            if (part.Numbers is null == training.Numbers is null) continue;
            throw new DmlException(
                $"{part.Source}: expected labels as {Kind(training)}, as those of the training split in {training.Source}, found {Kind(part)}.");
        }

        var list = new List<string>();
        foreach (var part in new[] { [training], test })
        {
            if (training.Numbers is not null) Add(part.SelectMany(p => p.Numbers!), names, list, part.Count > 0 ? part[0].Source : "");
            else Add(part, list);
            if (TrainingCount == 0) TrainingCount = list.Count;
        }

        Names = list;
    }

    /// <summary>Names of all classes, training classes first.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>C.</summary>
    public int TrainingCount { get; }

    /// <summary>The class indices of a split.</summary>
    public int[] Of(RawSplit split) => split.Numbers is { } numbers ? [.. numbers.Select(n => _ofNumber[n])] : [.. split.Texts!.Select(t => _ofText[t])];

    private static string Kind(RawSplit split) => split.Numbers is null ? "texts" : "integers";

    private void Add(IEnumerable<long> labels, IReadOnlyList<string>? names, List<string> list, string source)
    {
        foreach (var label in labels.Distinct().Where(n => !_ofNumber.ContainsKey(n)).Order())
        {
            if (label < 0) throw new DmlException($"{source}: expected labels from 0, found {label}; leave out samples without a class.");
            if (label >= names?.Count)
            {
                throw new DmlException(
                    $"{source}: expected a name of {FeatureNames.ClassNames} for each label, found {names.Count} names and the label {label}.");
            }

            _ofNumber[label] = list.Count;
            list.Add(names?[(int)label] ?? label.ToString(CultureInfo.InvariantCulture));
        }
    }

    private void Add(IReadOnlyList<RawSplit> parts, List<string> list)
    {
        foreach (var part in parts)
        {
            var at = part.Texts!.ToList().FindIndex(string.IsNullOrWhiteSpace);
            if (at < 0) continue;
            throw new DmlException($"{part.Source}: expected a label of each sample, found an empty text at sample {at}; leave it out or name it.");
        }

        var labels = parts.SelectMany(p => p.Texts!).Distinct(StringComparer.Ordinal);
        foreach (var label in labels.Where(n => !_ofText.ContainsKey(n)).Order(StringComparer.Ordinal))
        {
            _ofText[label] = list.Count;
            list.Add(label);
        }
    }
}
