using System.Globalization;
using Dml.Storage;
using static TorchSharp.torch;

namespace Dml.Bench;

/// <summary>
/// Writes a features file of any size, with classes that overlap so that most test items are wrong, to explain a training set
/// that does not fit into memory: <c>features FILE N</c>.
/// </summary>
internal static class FeatureFileBench
{
    private const int Features = 2048;
    private const int Embedding = 512;
    private const int Classes = 100;
    private const int Test = 5_924;
    private const int Rows = 8192;

    public static void Run(string[] arguments)
    {
        if (arguments is not [var path, var text] || !int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count))
        {
            Console.WriteLine("features FILE N: expected a file and a number of training samples.");
            return;
        }

        random.manual_seed(0);
        var centres = randn(2 * Classes, Features);
        var labels = randint(0, Classes, [count]);
        var testLabels = randint(Classes, 2 * Classes, [Test]);
        SafeTensors.Write(path,
        [
            Pieces("train_features", [count, Features], Drawn(centres, labels)),
            Whole("train_labels", labels),
            Pieces("test_features", [Test, Features], Drawn(centres, testLabels)),
            Whole("test_labels", testLabels),
            Whole("head.weight", randn(Embedding, Features) / Math.Sqrt(Features)),
            Whole("head.bias", zeros(Embedding)),
            Whole("loss.proxies", randn(Classes, Embedding) / 8),
        ]);
    }

    private static IEnumerable<Tensor> Drawn(Tensor centres, Tensor labels)
    {
        for (var start = 0L; start < labels.shape[0]; start += Rows)
        {
            var own = labels.narrow(0, start, Math.Min(Rows, labels.shape[0] - start));
            using var centre = centres.index_select(0, own);
            using var noise = randn(own.shape[0], Features);
            yield return (centre / 12) + noise;
        }
    }

    private static (string, TensorForm, IEnumerable<Tensor>) Pieces(string name, long[] shape, IEnumerable<Tensor> pieces) =>
        (name, new(float32, shape), pieces);

    private static (string, TensorForm, IEnumerable<Tensor>) Whole(string name, Tensor tensor) => (name, new(tensor.dtype, tensor.shape), [tensor.clone()]);
}
