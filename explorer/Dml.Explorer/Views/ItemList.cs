using System.Globalization;
using Dml.Engine;
using Dml.Engine.Runs;
using Dml.Explorer.Api;

namespace Dml.Explorer.Views;

/// <summary>The samples and test items of a run as the API names them: by split and number.</summary>
internal sealed class ItemList
{
    public const string Train = "train";
    public const string Test = "test";

    /// <summary>Most items of one answer.</summary>
    public const int MostAtOnce = 500;

    private readonly Model _model;
    private readonly DatasetRecord _dataset;
    private readonly string _folder;

    /// <param name="run">The run.</param>
    public ItemList(Run run) => (_model, _dataset, _folder) = (run.Model, run.Dataset, run.Path);

    /// <summary>Whether the run knows any image.</summary>
    public bool HasImages => _dataset.Training.Any(s => s.File.Length > 0) || _dataset.Test.Any(s => s.File.Length > 0);

    /// <summary>The items of a split.</summary>
    /// <param name="split">Its name.</param>
    public int Count(string split) => split == Train ? _model.TrainingIds.Count : _model.TestIds.Count;

    /// <summary>An item.</summary>
    /// <param name="split">Its split.</param>
    /// <param name="index">Its index, which is one of the split's.</param>
    public ApiItem Of(string split, int index)
    {
        var (ids, labels) = split == Train ? (_model.TrainingIds, _model.TrainingLabels) : (_model.TestIds, _model.TestLabels);
        return new(split, index, ids[index], (int)labels[index], _model.ClassName(labels[index]), Record(split, index).File.Length > 0);
    }

    /// <summary>Some items of a split.</summary>
    /// <param name="request">Which.</param>
    public ItemsAnswer Some(ApiRequest request)
    {
        var (split, asked) = (request.Text("split")!, request.Text("indices")?.Split(',', StringSplitOptions.RemoveEmptyEntries) ?? []);
        if (asked.Length > MostAtOnce) throw new ApiException(400, $"indices: expected at most {MostAtOnce}, found {asked.Length}.");
        return new([.. asked.Select(text =>
        {
            if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var index))
            {
                throw new ApiException(400, $"indices: expected whole numbers between commas, found \"{text}\".");
            }

            Require(split, index);
            return Of(split, index);
        })]);
    }

    /// <summary>The image of an item; null where the run knows none.</summary>
    /// <param name="split">Its split.</param>
    /// <param name="index">Its index, which is one of the split's.</param>
    public ImageSample? Image(string split, int index) => Record(split, index) is { File.Length: > 0 } sample ? sample.ToImage(_folder) : null;

    /// <summary>Refuses an index beyond the items.</summary>
    /// <param name="split">The split.</param>
    /// <param name="index">The index.</param>
    public void Require(string split, int index)
    {
        if (index >= Count(split)) throw new ApiException(404, $"Expected the index of a {split} item, 0 to {Count(split) - 1}, found {index}.");
    }

    /// <summary>The classes of a split that have items, by label.</summary>
    /// <param name="split">The split.</param>
    public IReadOnlyList<ApiClass> Classes(string split) =>
        [.. (split == Train ? _model.TrainingLabels : _model.TestLabels).Distinct().Order().Select(label => new ApiClass((int)label, _model.ClassName(label)))];

    private SampleRecord Record(string split, int index) => (split == Train ? _dataset.Training : _dataset.Test)[index];
}
