using System.Globalization;
using Dml.Storage;
using static TorchSharp.torch;

namespace Dml.Bench;

/// <summary>
/// Writes a features file of any size, with classes that overlap so that most test items are wrong, to explain a training set
/// that does not fit into memory: <c>features FILE N</c> with a head and proxies, at CUB's size but for N, in float32; or
/// <c>features FILE N TEST DIMENSIONS CLASSES</c> without a head, in float16, to train one on.
/// </summary>
internal static class FeatureFileBench
{
    private const int Embedding = 512;
    private const int Rows = 8192;

    public static void Run(string[] arguments)
    {
        if (Sizes(arguments) is not { } size)
        {
            Console.WriteLine("features FILE N [TEST DIMENSIONS CLASSES]: expected a file, a number of training samples, and three further numbers or none.");
            return;
        }

        random.manual_seed(0);
        var centres = randn(2 * size.Classes, size.Dimensions).mul_(size.Apart);
        var labels = randint(0, size.Classes, [size.Train]);
        var testLabels = randint(size.Classes, 2 * size.Classes, [size.Test]);
        SafeTensors.Write(arguments[0],
        [
            Pieces("train_features", labels, centres, size.Kind),
            Whole("train_labels", labels),
            Pieces("test_features", testLabels, centres, size.Kind),
            Whole("test_labels", testLabels),
            .. size.Kind == ScalarType.Float16 ? [] : Head(size),
        ]);
    }

    private static Size? Sizes(string[] arguments)
    {
        int[] numbers = [.. arguments.Skip(1).Select(text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0)];
        if (numbers.Contains(0)) return null;
        return numbers switch
        {
            [var train] => new(train, 5_924, 2048, 100, 1.0 / 12, ScalarType.Float32),
            [var train, var test, var dimensions, var classes] => new(train, test, dimensions, classes, 0.5, ScalarType.Float16),
            _ => null,
        };
    }

    private static (string, TensorForm, IEnumerable<Tensor>)[] Head(Size size) =>
    [
        Whole("head.weight", randn(Embedding, size.Dimensions) / Math.Sqrt(size.Dimensions)),
        Whole("head.bias", zeros(Embedding)),
        Whole("loss.proxies", randn(size.Classes, Embedding) / 8),
    ];

    private static (string, TensorForm, IEnumerable<Tensor>) Pieces(string name, Tensor labels, Tensor centres, ScalarType kind) => (
        name, new(kind, [labels.shape[0], centres.shape[1]]),
        SampleRange.Grid(labels.shape[0], Rows).Select(block => Drawn(centres, labels.narrow(0, block.Start, block.Count), kind)));

    private static Tensor Drawn(Tensor centres, Tensor labels, ScalarType kind)
    {
        using var scope = NewDisposeScope();
        return (centres.index_select(0, labels) + randn(labels.shape[0], centres.shape[1])).to(kind).MoveToOuterDisposeScope();
    }

    private static (string, TensorForm, IEnumerable<Tensor>) Whole(string name, Tensor tensor) => (name, new(tensor.dtype, tensor.shape), [tensor.clone()]);

    private readonly record struct Size(int Train, int Test, int Dimensions, int Classes, double Apart, ScalarType Kind);
}
