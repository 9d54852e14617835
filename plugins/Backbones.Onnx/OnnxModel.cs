using Dml.Storage;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>A model in ONNX Runtime: the session, and what goes in and comes out. Images are read and features written where torch has them.</summary>
internal sealed class OnnxModel : IDisposable
{
    /// <summary>Side of the blank image that a model which takes any size is tried with.</summary>
    private const int TrialSide = 224;

    private readonly OnnxSession _session;
    private readonly OnnxOptions _options;
    private readonly long[] _trial;

    private OnnxModel(OnnxFile file, OnnxSession session, OnnxOptions options)
    {
        (File, _session, _options) = (file, session, options);
        Form = OnnxForm.Of(options, session.Inputs, session.Outputs, file.Path);
        Normalization = OnnxNormalization.Of(options, file.Metadata, Form.Input.Dtype!.Value);
        _trial = Try();
        FeatureSize = FeatureSizeOf(_trial);
    }

    /// <summary>The file.</summary>
    public OnnxFile File { get; }

    /// <summary>Input, output and layout.</summary>
    public OnnxForm Form { get; }

    /// <summary>What pixels become.</summary>
    public OnnxNormalization Normalization { get; }

    /// <summary>D.</summary>
    public int FeatureSize { get; }

    /// <summary>Dimensions of the output.</summary>
    public int OutputRank => _trial.Length;

    /// <summary>How images go in and features come out.</summary>
    public string Description =>
        $"input {Form.Input} as {(Form.ChannelsLast ? "nhwc" : "nchw")}, {Normalization}; output {Form.Output.Name} "
            + $"{OnnxValue.Show(_trial.Skip(1).Prepend(-1))}{(HasDirectOutput ? "" : $", {_options.Pooling.ToString().ToLowerInvariant()}")}; "
            + $"ONNX Runtime {OnnxSession.Version} on {_options.Provider.ToString().ToLowerInvariant()}";

    /// <summary>Whether an image's numbers come out as its features, one after the other.</summary>
    private bool HasDirectOutput => _trial is [_, _] or [_, _, 1, 1];

    /// <summary>Opens a model.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">What is given.</param>
    /// <exception cref="DmlException">It is no model that ONNX Runtime opens and that takes images.</exception>
    public static OnnxModel Open(string path, OnnxOptions options)
    {
        var file = OnnxFile.Open(path);
        if (file.ExternalFiles.FirstOrDefault(f => !System.IO.File.Exists(f)) is { } missing)
        {
            throw new DmlException(null, $"the file {missing}, which holds weights of the model", "none", "put it beside the model", path);
        }

        var session = OnnxSession.Start(path, options.Provider);
        try
        {
            return new(file, session, options);
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>Runs images.</summary>
    /// <param name="images">(B, 3, H, W), float32, normalised, on any device.</param>
    /// <returns>(B, D), float32, on the device of the images.</returns>
    /// <exception cref="DmlException">The images are of a size that the model does not take, or it fails.</exception>
    public Tensor Run(Tensor images)
    {
        RequireSize(images);
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var inputs = ToInput(images);
        var (count, atOnce) = (images.shape[0], Form.BatchSize ?? images.shape[0]);
        var features = empty(count, FeatureSize);
        for (var start = 0L; start < count; start += atOnce)
        {
            using var inner = NewDisposeScope();
            var rows = Math.Min(atOnce, count - start);
            var batch = inputs.narrow(0, start, rows);
            if (rows == atOnce && HasDirectOutput && Form.Output.Dtype == ScalarType.Float32)
            {
                _session.Run(Form, batch, features.narrow(0, start, rows), [rows, .. _trial[1..]]);
                continue;
            }

            // A model of a fixed batch gets a whole one; what stands in its last rows is left out again.
            if (rows < atOnce) batch = cat([batch, zeros([atOnce - rows, .. batch.shape[1..]], batch.dtype)]);
            features.narrow(0, start, rows).copy_(ToFeatures(_session.Run(Form, batch)).narrow(0, 0, rows));
        }

        return features.to(images.device).MoveToOuterDisposeScope();
    }

    /// <summary>Adds to a graph that ends with the output what makes features (B, D) of it.</summary>
    /// <param name="graph">Goes on from the output.</param>
    public void AddPooling(OnnxGraph graph)
    {
        if (Form.Output.Dtype != ScalarType.Float32) graph.ToFloat32();
        if (_trial is [_, _, 1, 1]) graph.Flatten();
        else if (_options.Pooling == OnnxPooling.First) graph.First();
        else if (_trial.Length == 3) graph.Mean(1);
        else if (_trial.Length == 4 && Form.ChannelsLast) graph.Mean(1, 2);
        else if (_trial.Length == 4) graph.GlobalPool(max: false);
    }

    public void Dispose() => _session.Dispose();

    /// <summary>Runs a blank image: a model may leave the shape of its output open, and one that cannot run is told of before hours of decoding.</summary>
    private long[] Try()
    {
        var (height, width) = Form.ImageSize ?? (TrialSide, TrialSide);
        using var scope = NewDisposeScope();
        var batch = ToInput(zeros(Form.BatchSize ?? 1, 3, height, width));
        return _session.Run(Form, batch).shape;
    }

    private int FeatureSizeOf(long[] shape)
    {
        var pooling = _options.Pooling;
        var asMaps = Form.ChannelsLast ? shape[^1] : shape.ElementAtOrDefault(1);
        long? size = (shape.Length, pooling) switch
        {
            (2, OnnxPooling.None) => shape[1],
            (4, OnnxPooling.None) when shape is [_, _, 1, 1] => shape[1],
            (4, OnnxPooling.Mean) => asMaps,
            (3, OnnxPooling.Mean or OnnxPooling.First) => shape[2],
            _ => null,
        };
        return size is > 0 and <= int.MaxValue ? (int)size : throw new DmlException(
            "backbone.pooling",
            pooling == OnnxPooling.None ? "an output (B, D)" : pooling == OnnxPooling.Mean ? "an output of maps or tokens" : "an output of tokens (B, T, D)",
            $"{Form.Output.Name} {OnnxValue.Show(shape)}",
            shape.Length is 3 or 4 && pooling == OnnxPooling.None
                ? $"choose mean{(shape.Length == 3 ? " or first" : "")}, or another {Mention.Option("backbone.output")}"
                : "leave pooling out, or choose another output", File.Path);
    }

    private void RequireSize(Tensor images)
    {
        var shape = images.shape;
        if (shape is not [_, 3, _, _]) throw new DmlException($"Expected images of shape (B, 3, H, W) for {File.Path}, found {OnnxValue.Show(shape)}.");
        if (Form.ImageSize is not { } size || (shape[2] == size.Height && shape[3] == size.Width)) return;
        throw new DmlException(
            $"{File.Path}: expected images of {size.Width} x {size.Height} pixels, the only size that the model takes, found {shape[3]} x {shape[2]}; "
                + (size.Width == size.Height ? $"set images.size to {size.Width} and images.influenceView to crop." : "export it for square images."));
    }

    /// <summary>Images in the model's layout and dtype, on the CPU; the same memory where both are as they come.</summary>
    private Tensor ToInput(Tensor images)
    {
        var placed = images.to(CPU);
        if (Form.ChannelsLast) placed = placed.permute(0, 2, 3, 1);
        var dtype = Form.Input.Dtype!.Value;
        if (dtype == ScalarType.Byte) placed = placed.round().clamp(0, byte.MaxValue);
        return placed.to(dtype).contiguous();
    }

    private Tensor ToFeatures(Tensor output)
    {
        var real = output.to(ScalarType.Float32);
        return HasDirectOutput ? real.flatten(1)
            : _options.Pooling == OnnxPooling.First ? real.select(1, 0)
            : real.Dimensions == 3 ? real.mean([1L])
            : Form.ChannelsLast ? real.mean([1L, 2L]) : real.mean([2L, 3L]);
    }
}
