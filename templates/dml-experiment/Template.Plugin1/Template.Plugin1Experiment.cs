using System.Globalization;
using Dml.Engine;

namespace Template.Plugin1;

/// <summary>Which training image harms each of the worst errors of a run most, or whatever else you want to know.</summary>
public static class Template_Plugin1Experiment
{
    private const int Groups = 5;

    /// <summary>The columns of the table.</summary>
    public const string Header = "run,recall_at_1,error,distance,most_harmful,harm";

    /// <summary>A row an error: what it is, and the training image that harms it most.</summary>
    /// <param name="folder">The run's folder.</param>
    public static IEnumerable<string> Measure(string folder)
    {
        using var run = Run.Open(folder);
        var worst = run.Model.Confusions.Groups(Groups);
        using var harm = run.Model.Explain(worst);
        foreach (var error in worst)
        {
            var cause = harm.MostHarmful(error, 1)[0];
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"{folder},{run.Quality.Recall[1]:0.0000},{error.Name},{run.Model.Confusions.Distance(error):0.0000},{cause.Id},{cause.Harm:g4}");
        }
    }
}
