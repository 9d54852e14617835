using Dml.Engine;
using Dml.Explorer.Api;

namespace Dml.Explorer.Views;

/// <summary>The test classes, worst first, and what they are taken for.</summary>
/// <param name="model">The model.</param>
/// <param name="errors">Its errors.</param>
internal sealed class ClassView(Model model, ErrorView errors)
{
    /// <summary>All classes.</summary>
    /// <param name="request">The request.</param>
    public async Task<ClassesAnswer> All(ApiRequest request)
    {
        var found = await errors.Get(request.Gone);
        var wrong = found.Wrong.CountBy(i => model.TestLabels[i]).ToDictionary();
        return new(
            [
                .. model.TestLabels.CountBy(label => label)
                    .Select(c => (Label: c.Key, Count: c.Value, Errors: wrong.GetValueOrDefault(c.Key)))
                    .OrderByDescending(c => c.Errors).ThenBy(c => c.Label)
                    .Select(c => new ClassEntry((int)c.Label, model.ClassName(c.Label), c.Count, c.Errors, 1 - (c.Errors / (double)c.Count))),
            ],
            [
                .. found.Wrong.CountBy(i => (Label: model.TestLabels[i], Taken: found.Taken(i)))
                    .OrderByDescending(c => c.Value).ThenBy(c => c.Key.Label).ThenBy(c => c.Key.Taken)
                    .Select(c => new ConfusedClasses((int)c.Key.Label, (int)c.Key.Taken, c.Value)),
            ]);
    }
}
