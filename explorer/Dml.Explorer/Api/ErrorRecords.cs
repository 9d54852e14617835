namespace Dml.Explorer.Api;

/// <summary>How many of what a run holds.</summary>
/// <param name="Train">Training samples.</param>
/// <param name="Test">Test items.</param>
/// <param name="TrainClasses">Training classes.</param>
/// <param name="TestClasses">Test classes.</param>
/// <param name="Errors">Test items whose nearest neighbour has another class; null until they are known.</param>
internal sealed record RunCounts(int Train, int Test, int TrainClasses, int TestClasses, int? Errors);

/// <summary>A figure of the run's quality.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Value">Its value; null where it does not exist.</param>
/// <param name="Says">What it means, one sentence.</param>
internal sealed record RunFigure(string Name, double? Value, string Says);

/// <summary>An estimator that is loaded.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Says">What it is.</param>
/// <param name="IsDefault">Whether it explains where none is named.</param>
internal sealed record RunEstimator(string Name, string Says, bool IsDefault);

/// <summary>The classes of both splits that have items.</summary>
/// <param name="Train">Training classes.</param>
/// <param name="Test">Test classes.</param>
internal sealed record RunClasses(IReadOnlyList<ApiClass> Train, IReadOnlyList<ApiClass> Test);

/// <summary>What a run is.</summary>
/// <param name="Name">Name of its folder.</param>
/// <param name="Folder">The folder.</param>
/// <param name="Loss">Its loss.</param>
/// <param name="Dataset">Its dataset.</param>
/// <param name="Backbone">Its backbone; empty for a run of given features.</param>
/// <param name="Head">Whether it has a head, so that errors can be explained.</param>
/// <param name="Images">Whether it knows images.</param>
/// <param name="Counts">How many of what it holds.</param>
/// <param name="Quality">Figures of its quality.</param>
/// <param name="Estimators">Who can explain its errors.</param>
/// <param name="Classes">Its classes.</param>
/// <param name="Warnings">What a reader must know.</param>
internal sealed record RunAnswer(
    string Name, string Folder, string Loss, string Dataset, string Backbone, bool Head, bool Images, RunCounts Counts, IReadOnlyList<RunFigure> Quality,
    IReadOnlyList<RunEstimator> Estimators, RunClasses Classes, IReadOnlyList<string> Warnings);

/// <summary>A neighbour of a query.</summary>
/// <param name="Item">The neighbour.</param>
/// <param name="Distance">Euclidean distance of the embeddings.</param>
/// <param name="Right">Whether it has the query's class.</param>
internal sealed record ErrorNeighbour(ApiItem Item, double Distance, bool Right);

/// <summary>A test item with what lies nearest to it.</summary>
/// <param name="Query">The item.</param>
/// <param name="Distance">Distance of the nearest.</param>
/// <param name="Neighbours">Nearest first.</param>
internal sealed record ErrorEntry(ApiItem Query, double Distance, IReadOnlyList<ErrorNeighbour> Neighbours);

/// <summary>Some of the errors.</summary>
/// <param name="Total">All that fit the filter.</param>
/// <param name="Items">Those asked for.</param>
internal sealed record ErrorPage(int Total, IReadOnlyList<ErrorEntry> Items);

/// <summary>A training sample as a cause.</summary>
/// <param name="Item">The sample.</param>
/// <param name="Harm">Above 0: training on it makes the error worse. Of an estimator without a sign: relevance.</param>
/// <param name="Why">What is known of it, one sentence.</param>
internal sealed record ApiCause(ApiItem Item, double Harm, string Why);

/// <summary>The causes of an error.</summary>
/// <param name="Estimator">Who says so.</param>
/// <param name="Signed">Whether its scores tell harm from help.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="Distance">Squared distance of the unit embeddings, 0 to 4: what is explained.</param>
/// <param name="Notes">What a reader must know.</param>
/// <param name="Harmful">Most harmful first.</param>
/// <param name="Helpful">Most helpful first.</param>
internal sealed record CausesAnswer(
    string Estimator, bool Signed, double Seconds, double Distance, IReadOnlyList<string> Notes, IReadOnlyList<ApiCause> Harmful,
    IReadOnlyList<ApiCause> Helpful);
