using System.Xml;
using System.Xml.Linq;
using Dml.Engine.Reporting;

namespace Dml.Tests.Reporting;

/// <summary>Made-up models for the tests of the report.</summary>
internal static class ReportExamples
{
    public const string Nasty = "<b>&\"x'\u0001";

    /// <summary>A run without anything optional.</summary>
    public static ReportModel Bare { get; } = new()
    {
        Title = "run",
        Facts = new ReportFacts
        {
            Dataset = "glyphs",
            TrainCount = 40,
            TestCount = 20,
            TrainClassCount = 4,
            TestClassCount = 2,
            Backbone = "convnet",
            Loss = "proxynca",
            Seed = 1,
            Device = "cpu",
            Threads = 1,
            Precision = "float32",
        },
    };

    /// <summary>A run with every section, whose texts all need escaping.</summary>
    public static ReportModel Full { get; } = Bare with
    {
        Title = Nasty,
        Facts = Bare.Facts with
        {
            Dataset = Nasty,
            Estimator = Nasty,
            EstimatorSettings = [new(Nasty, Nasty)],
            Versions = [new(Nasty, Nasty)],
            Duration = TimeSpan.FromSeconds(3723),
        },
        Retrieval = [new RetrievalTable(Nasty, [new(1, 0.65), new(2, 0.8)], 7, 20) { Others = [new(Nasty, Nasty)] }],
        Classes = [new(Nasty, 5, 3, 0.25, Nasty, 2), new("rook", 4, 0, 1)],
        Matrix = new(["rook", Nasty], [new(Nasty, 2, [2, 1], 0), new("rook", 3, [0, 0], 1)]),
        Map = new([Nasty, "rook"], [new(0.1, 0.2, null, false, "x"), new(-0.4, 0.2, 0, true, Nasty), new(0.3, -0.2, 1, false, "a/2.png")], 0.4, 0.2),
        Training = [new(1, 2.5, null, 100), new(2, 1.5, 0.6, 120), new(3, 1.2, 0.65, 110)],
        Confusions = [Group("group 3")],
        Mislabels = new MislabelSummary
        {
            Method = Nasty,
            NoisyCount = 4,
            SampleCount = 40,
            Curve = [new(0, 0), new(0.1, 0.75), new(1, 1)],
            Area = 0.9,
            RandomAreaDeviation = 0.0141,
            Recall = [new(0.05, 0.5), new(0.1, 0.75), new(0.2, 0.875)],
        },
        Verified = new(
            new(64, 0.5, 50, 0.001, null, 0) { FromScratch = true, MovesProxies = true, LeaveOneOut = 8, Brittleness = [1, 20] }, [Nasty, "group 3"],
            [new(Nasty, 0.9, 0.8, 0.95, 1, [0.9, 0.9]), new("ceiling", 0.99, 0.98, 1, 2, [0.99, 0.99])], [], [0.1, 0.2], 2)
        {
            Recommendation = new([Nasty], Nasty),
            LeaveOneOut = new([1, 2], 1, [new(Nasty, -0.2, -0.4, 0.1, [0, -0.4])], [0.1, 0.2], 3),
            Brittleness = new(3, 2, 2, [new(Nasty, 1, 0.5, 0, 1, 0.5), new(Nasty, 20, 1, 1, 1, 1)], 4),
        },
        Warnings = [Nasty],
        SettingsJson = "{ \"name\": \"</pre><script>alert(1)</script>\" }",
        Images = new Dictionary<string, ReadOnlyMemory<byte>> { ["shared"] = Png(1, 64), [Nasty] = Png(2, 64), ["unused"] = Png(3, 64) },
    };

    public static ExplainedConfusion Group(string name) => new()
    {
        Name = name,
        Kind = ConfusionKind.Group,
        Distance = 0.4,
        Path = "fast",
        Directions = [new WalkDirection(1, 50, 0.8), new WalkDirection(-1, 12, -0.3)],
        Errors =
        [
            new(new("a/1.png", Nasty, "shared"), [new(new(Nasty, "crow", Nasty), 0.12, false), new(new(Nasty, Nasty, Nasty), 0.2, true)]),
            new(new("a/2.png", "rook", "shared"), [new(new("b/1.png", "crow"), 0.00123, false)]),
        ],
        PairCount = 3,
        Harmful = [new(Nasty, Nasty, Nasty, 0.02, "shared") { Standings = [new(0.02, 1)] }, new("t/2.png", "crow", null, 0.01, "shared")],
        Helpful = [new("t/3.png", "rook", null, -0.004, "not there")],
        Histogram = new HarmHistogram([-0.01, 0, 0.01, 0.02], [30, 8, 2]),
    };

    /// <summary>Bytes that begin as a PNG does; nothing decodes them here.</summary>
    public static ReadOnlyMemory<byte> Png(int seed, int size)
    {
        var bytes = new byte[size];
        new Random(seed).NextBytes(bytes);
        new byte[] { 0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A }.CopyTo(bytes, 0);
        return bytes;
    }

    /// <summary>Renders, and fails unless the result is well-formed and no number in it went wrong.</summary>
    public static XDocument Parse(ReportModel model)
    {
        var html = model.Render();
        using var reader = XmlReader.Create(new StringReader(html), new XmlReaderSettings { DtdProcessing = DtdProcessing.Ignore });
        var document = XDocument.Load(reader);
        foreach (var attribute in document.Descendants().Where(x => x.Name.LocalName is "line" or "rect" or "circle" or "polyline" or "text").Attributes())
        {
            Assert.DoesNotContain("NaN", attribute.Value, StringComparison.Ordinal);
            Assert.DoesNotContain("∞", attribute.Value, StringComparison.Ordinal);
        }

        return document;
    }

    public static IEnumerable<XElement> WithClass(this XDocument document, string name) =>
        document.Descendants().Where(x => ((string?)x.Attribute("class") ?? "").Split(' ').Contains(name));
}
