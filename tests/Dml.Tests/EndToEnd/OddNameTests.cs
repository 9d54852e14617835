using Dml.Tests.Support;

namespace Dml.Tests.EndToEnd;

/// <summary>Names of classes and images that a browser or a spreadsheet would run.</summary>
[Collection(CommandLineCollection.Name)]
public sealed class OddNameTests
{
    private const string Markup = "z<img src=x onerror=alert(1)>";
    private const string Formula = "=1+1";

    [Fact]
    public void Names_that_are_markup_or_formulas_stay_names_in_reports_and_tables_and_come_back_as_labels()
    {
        using var folder = new TemporaryFolder();
        TinyTraining.CopyImages(TinyTraining.Train(folder, "drawn"), folder.File("images"));
        string[] classes = [.. Directory.GetDirectories(folder.File("images")).Order(StringComparer.Ordinal)];
        Directory.Move(classes[0], folder.File($"images/{Formula}"));
        Directory.Move(classes[^1], folder.File($"images/{Markup}"));
        string[] train = ["train", folder.File("tiny.json"), "--set", TinyTraining.FolderDataset("images")];
        var run = folder.File("run");
        DmlCommand.Succeed([.. train, "--out", run]);
        DmlCommand.Succeed("confusions", run);
        DmlCommand.Succeed("influence", run, "--top", "72");
        DmlCommand.Succeed("report", run);

        var report = File.ReadAllText(Path.Combine(run, "report.html"));
        Assert.DoesNotContain("<img src=x", report, StringComparison.Ordinal);
        Assert.Contains("z&lt;img src=x onerror=alert(1)&gt;", report, StringComparison.Ordinal);

        var table = File.ReadAllText(Path.Combine(run, "top.csv"));
        Assert.Contains($",'{Formula}/", table, StringComparison.Ordinal);
        Assert.DoesNotContain($",{Formula}", table, StringComparison.Ordinal);

        var image = Directory.EnumerateFiles(folder.File($"images/{Formula}"))
            .Select(f => $"{Formula}/{Path.GetFileName(f)}").Order(StringComparer.Ordinal).First();
        folder.Write(
            "relabels.csv", $"id,old_class,new_class\n{Dml.Storage.Csv.Quote(image)},{Dml.Storage.Csv.Quote(Formula)},{Path.GetFileName(classes[1])}\n");
        DmlCommand.Succeed([.. train, "--out", folder.File("relabelled"), "--set", "relabels=relabels.csv"]);
    }
}
