namespace Dml.Explorer.Api;

/// <summary>A class of the test split.</summary>
/// <param name="Class">Its label.</param>
/// <param name="Name">Its name.</param>
/// <param name="Count">Its items.</param>
/// <param name="Errors">Those whose nearest neighbour has another class.</param>
/// <param name="Recall">R@1 of its items.</param>
internal sealed record ClassEntry(int Class, string Name, int Count, int Errors, double Recall);

/// <summary>Items of a class whose nearest neighbour has another one.</summary>
/// <param name="Class">The class.</param>
/// <param name="Neighbour">The other one.</param>
/// <param name="Count">How many items.</param>
internal sealed record ConfusedClasses(int Class, int Neighbour, int Count);

/// <summary>The test classes, and what they are taken for.</summary>
/// <param name="Classes">Most errors first, then by label.</param>
/// <param name="Confusion">Most items first; pairs of classes without errors are left out.</param>
internal sealed record ClassesAnswer(IReadOnlyList<ClassEntry> Classes, IReadOnlyList<ConfusedClasses> Confusion);

/// <summary>Items in the plane in which their unit embeddings vary most.</summary>
/// <param name="X">(n) places along the first axis.</param>
/// <param name="Y">(n) places along the second.</param>
/// <param name="Class">(n) labels.</param>
/// <param name="Error">(n) whether the nearest neighbour has another class; of the training split false throughout.</param>
/// <param name="Explained">Share of the variance along each axis, 0 to 1.</param>
internal sealed record MapAnswer(
    IReadOnlyList<double> X, IReadOnlyList<double> Y, IReadOnlyList<int> Class, IReadOnlyList<bool> Error, IReadOnlyList<double> Explained);

/// <summary>Items that are one thing.</summary>
/// <param name="Kind"><c>leak</c>, <c>duplicate</c>, <c>duplicate-other-label</c>, or one of these with <c>near-</c> before it.</param>
/// <param name="Says">What it is, one sentence.</param>
/// <param name="Items">The items.</param>
/// <param name="Value">Correlation of the images, or minus the distance of the embeddings.</param>
internal sealed record DuplicateEntry(string Kind, string Says, IReadOnlyList<ApiItem> Items, double Value);

/// <summary>Some of the duplicates.</summary>
/// <param name="Total">All of them.</param>
/// <param name="Summary">What was looked for and found, one sentence.</param>
/// <param name="Items">Those asked for.</param>
internal sealed record DuplicatePage(int Total, string Summary, IReadOnlyList<DuplicateEntry> Items);

/// <summary>An item near an image from elsewhere.</summary>
/// <param name="Item">The item.</param>
/// <param name="Distance">Euclidean distance of the embeddings.</param>
internal sealed record FoundItem(ApiItem Item, double Distance);

/// <summary>What lies near an image from elsewhere.</summary>
/// <param name="Neighbours">Nearest first.</param>
/// <param name="Classes">Their classes with how many of them have each, most first: what the model sees in the image.</param>
/// <param name="Seen">The image as the network is given it, resized and cropped: a JPEG in base64.</param>
/// <param name="Warnings">What a reader must know.</param>
internal sealed record SearchAnswer(IReadOnlyList<FoundItem> Neighbours, IReadOnlyList<SeenClass> Classes, string Seen, IReadOnlyList<string> Warnings);

/// <summary>A class among neighbours.</summary>
/// <param name="Class">Its label.</param>
/// <param name="Name">Its name.</param>
/// <param name="Count">How many of the neighbours have it.</param>
internal sealed record SeenClass(int Class, string Name, int Count);

/// <summary>A run beside the one that is open.</summary>
/// <param name="Name">Name of its folder.</param>
/// <param name="Folder">The folder.</param>
/// <param name="Loss">Its loss.</param>
/// <param name="Recall1">R@1; null where it is not known.</param>
/// <param name="Errors">Wrong queries; null where they are not known.</param>
internal sealed record SiblingRun(string Name, string Folder, string Loss, double? Recall1, int? Errors);

/// <summary>The runs of the folder that the open run is in.</summary>
/// <param name="Runs">By name.</param>
/// <param name="Current">Name of the open one.</param>
internal sealed record RunsAnswer(IReadOnlyList<SiblingRun> Runs, string Current);

/// <summary>R@1 of two runs on the items that both have.</summary>
internal sealed record ComparedRecall(double This, double Other);

/// <summary>A class in two runs.</summary>
/// <param name="Class">Its label in this run.</param>
/// <param name="Name">Its name.</param>
/// <param name="Count">Items that both runs have.</param>
/// <param name="This">Wrong ones in this run.</param>
/// <param name="Other">Wrong ones in the other.</param>
internal sealed record ComparedClass(int Class, string Name, int Count, int This, int Other);

/// <summary>This run beside another.</summary>
/// <param name="Recall">R@1 of both.</param>
/// <param name="Items">Test items that both have.</param>
/// <param name="Gained">Items that are wrong in this run and right in the other.</param>
/// <param name="Lost">Items that are right in this run and wrong in the other.</param>
/// <param name="P">McNemar's exact test, two-sided.</param>
/// <param name="Low">Lower end of the interval of 95 % of this R@1 less the other, a bootstrap over classes.</param>
/// <param name="High">Upper end.</param>
/// <param name="Classes">Classes whose number of wrong items differs, largest difference first.</param>
internal sealed record CompareAnswer(
    ComparedRecall Recall, int Items, IReadOnlyList<ApiItem> Gained, IReadOnlyList<ApiItem> Lost, double P, double Low, double High,
    IReadOnlyList<ComparedClass> Classes);
