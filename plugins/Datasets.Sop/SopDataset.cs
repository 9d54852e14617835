using System.Globalization;
using Dml.Configuration;
using Dml.Numerics.Annotations;

namespace Dml.Plugins;

/// <summary>
/// Stanford Online Products (Song et al., CVPR 2016): the products of Ebay_train.txt are trained on, those of Ebay_test.txt tested on, all
/// test images looked up among each other. A class is a product, named by its super class and number, such as bicycle/1.
/// </summary>
/// <param name="options">The root and other classes than the published ones.</param>
/// <param name="context">Where relative paths start.</param>
[Plugin("sop")]
public sealed class SopDataset(SopOptions options, DatasetContext context) : IDatasetSource
{
    private const string SuperOption = "dataset.superClasses";
    private const int PublishedTrainingClasses = 11318;
    private const int PublishedTestClasses = 11316;
    private const int PublishedTraining = 59551;
    private const int PublishedTest = 60502;

    private readonly ClassRange? _training = ClassRange.Parse(ClassSplit.TrainingOption, options.TrainingClasses);
    private readonly ClassRange? _test = ClassRange.Parse(ClassSplit.TestOption, options.TestClasses);

    /// <inheritdoc />
    public MetricDataset Open(IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(progress);
        var root = context.Resolve(options.Root);
        var train = ProductList.Read(Path.Combine(root, "Ebay_train.txt"), cancellationToken);
        var test = ProductList.Read(Path.Combine(root, "Ebay_test.txt"), cancellationToken);
        RequireDisjoint(train, test);
        RequireSuperClasses(train, test);
        var (trainProducts, testProducts) = (Products(train), Products(test));
        ProductRow[] products = [.. trainProducts, .. testProducts];
        if (options.SuperClasses is null)
        {
            if (_training is null) RequirePublished(ClassSplit.TrainingOption, train, PublishedTraining, PublishedTrainingClasses);
            if (_test is null) RequirePublished(ClassSplit.TestOption, test, PublishedTest, PublishedTestClasses);
        }

        var all = new ClassRange(trainProducts.Count, products.Length - 1);
        var split = new ClassSplit(_training ?? new(0, trainProducts.Count - 1), _test ?? all, products.Length, root);
        RequireSides(split, trainProducts.Count, all);
        var numbers = products.Index().ToDictionary(p => p.Item.ClassId, p => p.Index);
        var dataset = new MetricDataset(
            split.Select([.. products.Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.SuperClass}/{p.ClassId}"))]), split.Training.Count,
            Samples(split.Training, train), Samples(split.Test, test));
        ImageFiles.RequireAll([.. dataset.Training, .. dataset.Query], $"{train.Path} and {Path.GetFileName(test.Path)}", root, progress, cancellationToken);
        return dataset;

        IReadOnlyList<ImageSample> Samples(ClassRange range, ProductList list) =>
            split.Samples(range, root, list.Rows.Where(r => numbers.ContainsKey(r.ClassId)).Select(r => (r.Image, numbers[r.ClassId])));
    }

    /// <summary>The products to choose from, in order of their numbers.</summary>
    private List<ProductRow> Products(ProductList list) =>
        [.. list.Products.Values.Where(p => options.SuperClasses?.Contains(p.SuperClass) ?? true).OrderBy(p => p.ClassId)];

    private static void RequireDisjoint(ProductList train, ProductList test)
    {
        if (test.Rows.FirstOrDefault(r => train.Products.ContainsKey(r.ClassId)) is { } shared)
        {
            throw test.Broken(shared.Line, $"expected products that are not trained on, found {shared.ClassId}, "
                + $"which line {train.Products[shared.ClassId].Line} of {train.Path} names too");
        }
    }

    private void RequireSuperClasses(ProductList train, ProductList test)
    {
        if (options.SuperClasses is not { } wanted) return;
        foreach (var list in new[] { train, test })
        {
            string[] known = [.. list.Products.Values.Select(p => p.SuperClass).Distinct().Order(StringComparer.Ordinal)];
            if (wanted.Count == 0)
            {
                throw new DmlException($"{SuperOption}: expected at least one super class, found an empty list; name some of {string.Join(", ", known)}.");
            }

            if (wanted.FirstOrDefault(name => !known.Contains(name)) is not { } unknown) continue;
            var hint = NearestName.Find(unknown, known) is { } nearest ? $"did you mean \"{nearest}\"?" : $"there are {string.Join(", ", known)}.";
            throw new DmlException($"{SuperOption}: expected super classes of {list.Path}, found \"{unknown}\"; {hint}");
        }
    }

    private static void RequirePublished(string option, ProductList list, int images, int classes)
    {
        if ((list.Rows.Count, list.Products.Count) == (images, classes)) return;
        throw new DmlException($"{option}: expected the published {images} images of {classes} classes in {list.Path}, found {list.Rows.Count} "
            + $"of {list.Products.Count}; fetch the whole file, or name the range of classes ({option}) for a subset.");
    }

    /// <summary>The lists say which classes are for training; the ranges can only choose among them.</summary>
    private static void RequireSides(ClassSplit split, int trainingCount, ClassRange test)
    {
        if (split.Training.Last >= trainingCount)
        {
            throw new DmlException($"{ClassSplit.TrainingOption}: expected a range within 0..{trainingCount - 1}, the classes of Ebay_train.txt, "
                + $"found {split.Training}; correct its ends.");
        }

        if (split.Test.First < test.First)
        {
            throw new DmlException($"{ClassSplit.TestOption}: expected a range within {test}, the classes of Ebay_test.txt "
                + $"(numbered after the training classes), found {split.Test}; correct its ends.");
        }
    }
}
