namespace Dml.Generators.Tests;

/// <summary>Inline sources that several tests share.</summary>
internal static class Sources
{
    /// <summary>The body of a class that implements <c>IMetricLoss</c>.</summary>
    public const string LossBody = """
        public IReadOnlyList<NamedParameter> Parameters => [];
        public Tensor PerSample(Tensor embeddings, Tensor labels) => embeddings;
        public void Dispose() { }
        """;

    /// <summary>The body of a class that implements <c>IDatasetSource</c>.</summary>
    public const string DatasetBody = """
        public MetricDataset Open(IProgress<ProgressReport> progress, CancellationToken cancellationToken) => throw new NotSupportedException();
        """;

    /// <summary>One option of every type that configs can hold.</summary>
    public const string EveryType = """
        namespace Samples;

        /// <summary>How distances are taken.</summary>
        public enum Metric { Cosine, SquaredEuclidean, L2, @default }

        /// <summary>A step of a schedule.</summary>
        public sealed record Step
        {
            /// <summary>Epoch from which it holds.</summary>
            [Range(0, 1000)]
            public required int Epoch { get; init; }

            /// <summary>Factor on the rate.</summary>
            public double Factor { get; init; } = 0.1;
        }

        /// <summary>Options with <b>every</b> type.</summary>
        public sealed record EveryTypeOptions
        {
            /// <summary>Folder of the images.</summary>
            public required string Root { get; init; }

            /// <summary>Bounds of the crop.</summary>
            public required IReadOnlyList<double> Bounds { get; init; }

            /// <summary>
            /// Scale of the <c>softmax</c>, see <see cref="LossShape.EmbeddingSize"/>
            /// and <see langword="null"/>; "quoted" &lt;1.
            /// </summary>
            [Range(1e-6, double.PositiveInfinity)]
            public double Scale { get; init; } = 23.5;

            /// <summary>Count.</summary>
            [Range(1, 10)]
            public int Count { get; init; } = 3;

            /// <summary>Seed.</summary>
            public long Seed { get; init; } = 1L << 60;

            /// <summary>Whether to mirror.</summary>
            public bool Mirror { get; init; } = true;

            /// <summary>Label.</summary>
            public string Label { get; init; } = "a \"b\"";

            /// <summary>Metric.</summary>
            public Metric Metric { get; init; } = Metric.SquaredEuclidean;

            /// <summary>Limit, none when null.</summary>
            [Range(0, 1)]
            public double? Limit { get; init; }

            /// <summary>Second metric.</summary>
            public Metric? Other { get; init; }

            /// <summary>Note.</summary>
            public string? Note { get; init; }

            /// <summary>First step.</summary>
            public Step First { get; init; } = new() { Epoch = 5 };

            /// <summary>Last step.</summary>
            public Step? Last { get; init; }

            /// <summary>Sizes.</summary>
            [Range(1, 4096)]
            public IReadOnlyList<int> Sizes { get; init; } = [64, 128];

            /// <summary>Names.</summary>
            public IReadOnlyList<string>? Names { get; init; }

            /// <summary>Metrics.</summary>
            public IReadOnlyList<Metric> Metrics { get; init; } = [Metric.L2, Metric.@default];

            /// <summary>Flags.</summary>
            public IReadOnlyList<bool> Flags { get; init; } = [];

            /// <summary>Steps.</summary>
            public IReadOnlyList<Step> Steps { get; init; } = [new() { Epoch = 1 }];

            /// <summary>A loss by its name.</summary>
            public PluginChoice<IMetricLoss> Loss { get; init; } = new("triplet", "{ \"margin\": 0.5 }");

            /// <summary>Another plugin, or none.</summary>
            public PluginChoice<ITrainingScorer>? Scorer { get; init; }

            /// <summary>Several.</summary>
            public IReadOnlyList<PluginChoice<IInfluenceEstimator>> Estimators { get; init; } = [new("eif")];

            /// <summary>A keyword.</summary>
            [Obsolete("use Label")]
            public IReadOnlyList<long> @class { get; init; } = [];

            /// <summary>Not an option: nothing can set it.</summary>
            public double Half => Scale / 2;
        }
        """;

    /// <summary>Lists, objects with keys of the user's, durations, parameters, and each within another.</summary>
    public const string Collections = """
        namespace Samples;

        /// <summary>What is pooled.</summary>
        public enum Pooling { Mean, Max }

        /// <summary>A part of a model.</summary>
        /// <param name="Kind">Its kind.</param>
        /// <param name="Weight">Its weight.</param>
        public sealed record Part(string Kind, [Range(0, 10)] double Weight = 1)
        {
            /// <summary>Its pooling.</summary>
            public Pooling? Pooling { get; init; }
        }

        /// <summary>What all have.</summary>
        /// <param name="Rate">The rate.</param>
        /// <param name="Wait">The time.</param>
        public abstract record Common([Range(0, 1)] float Rate, [Range(0, 3600)] TimeSpan Wait)
        {
            /// <summary>A note.</summary>
            public required string Note { get; init; }
        }

        /// <summary>Options.</summary>
        /// <param name="Rate">The rate, given anew.</param>
        /// <param name="Depth">The depth.</param>
        /// <param name="class">A keyword.</param>
        [Options]
        public sealed record Collections(float Rate, int Depth = 3, Pooling @class = Pooling.Max) : Common(Rate, TimeSpan.FromMinutes(1))
        {
            /// <summary>A duration.</summary>
            public TimeSpan? Pause { get; init; }

            /// <summary>Durations.</summary>
            public IReadOnlyList<TimeSpan> Pauses { get; init; } = [TimeSpan.FromSeconds(90), TimeSpan.FromMilliseconds(0.5)];

            /// <summary>An array.</summary>
            [Range(1, 64)]
            public int[] Sizes { get; init; } = [1, 2];

            /// <summary>A list.</summary>
            public List<Pooling> Poolings { get; init; } = [Pooling.Mean];

            /// <summary>Weights by name.</summary>
            [Range(0, 1)]
            public IReadOnlyDictionary<string, double> Weights { get; init; } = new Dictionary<string, double> { ["b"] = 0.5, ["a"] = 0 };

            /// <summary>Parts by name.</summary>
            public Dictionary<string, Part>? Parts { get; init; }

            /// <summary>Parts.</summary>
            public Part[] More { get; init; } = [new("x") { Pooling = Pooling.Max }];

            /// <summary>Some of them none.</summary>
            public IReadOnlyList<int?> Gaps { get; init; } = [1, null];

            /// <summary>Texts, or none.</summary>
            public string?[]? Texts { get; init; }

            /// <summary>A matrix.</summary>
            public IReadOnlyList<IReadOnlyList<float>> Matrix { get; init; } = [[1, 0.1f], []];

            /// <summary>Losses by name, some of them none.</summary>
            public IReadOnlyDictionary<string, IReadOnlyList<PluginChoice<IMetricLoss>?>> Losses { get; init; } =
                new Dictionary<string, IReadOnlyList<PluginChoice<IMetricLoss>?>> { ["of parts"] = [new("triplet"), null] };
        }
        """;

    /// <summary>A loss with options and a service.</summary>
    public const string EveryTypeLoss = $$"""
        namespace Samples;

        /// <summary>A loss for tests.
        /// <para>More of it.</para></summary>
        [Plugin("every-type")]
        public sealed class EveryTypeLoss(LossShape shape, EveryTypeOptions options) : IMetricLoss
        {
            /// <summary>What the constructor was given.</summary>
            public (LossShape Shape, EveryTypeOptions Options) Given => (shape, options);

            {{LossBody}}
        }
        """;

    /// <summary>A dataset without options.</summary>
    public const string PlainDataset = $$"""
        namespace Samples.Data;

        /// <summary>A dataset for tests.</summary>
        [Plugin("a-plain-one")]
        public sealed class PlainDataset : IDatasetSource
        {
            {{DatasetBody}}
        }
        """;
}
