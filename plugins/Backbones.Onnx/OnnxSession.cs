using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using static TorchSharp.torch;
using TensorElementType = Microsoft.ML.OnnxRuntime.Tensors.TensorElementType;

namespace Dml.Plugins;

/// <summary>A session of ONNX Runtime: what can go wrong in it is told in a sentence, and tensors go in and come out where torch has them.</summary>
internal sealed class OnnxSession : IDisposable
{
    private readonly InferenceSession _session;
    private readonly string _path;

    private OnnxSession(InferenceSession session, string path) => (_session, _path) = (session, path);

    /// <summary>Version of ONNX Runtime.</summary>
    public static string Version => OrtEnv.Instance().GetVersionString();

    /// <summary>The model's inputs.</summary>
    public IReadOnlyList<OnnxValue> Inputs => OnnxValue.Of(_session.InputMetadata);

    /// <summary>The model's outputs.</summary>
    public IReadOnlyList<OnnxValue> Outputs => OnnxValue.Of(_session.OutputMetadata);

    private static string OwnFolder => Path.GetDirectoryName(typeof(OnnxSession).Assembly.Location)!;

    /// <summary>Opens a model.</summary>
    /// <param name="path">The file.</param>
    /// <param name="provider">What runs it.</param>
    /// <exception cref="DmlException">ONNX Runtime refuses it, or is not there.</exception>
    public static OnnxSession Start(string path, OnnxProvider provider)
    {
        try
        {
            using var options = new SessionOptions
            {
                IntraOpNumThreads = get_num_threads(),
                InterOpNumThreads = 1,
                LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
            };

            // Threads that wait in a loop take the processor from those that decode the next images.
            options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
            if (provider == OnnxProvider.Cuda) AddCuda(options);
            return new(new InferenceSession(path, options), path);
        }
        catch (OnnxRuntimeException error)
        {
            throw new DmlException(
                $"{path}: expected an ONNX model that ONNX Runtime {Version} opens, but it refused it ({Reason(error)}); "
                    + "check the file, or export it anew with operators that this version has.",
                error);
        }
        catch (Exception error) when (error is DllNotFoundException or TypeInitializationException { InnerException: DllNotFoundException })
        {
            throw new DmlException(
                $"Expected the native library of ONNX Runtime for {RuntimeInformation.RuntimeIdentifier} in {OwnFolder}, found none that loads; "
                    + "build the plugin on this system.",
                error);
        }
    }

    /// <summary>Runs a batch into memory that is there.</summary>
    /// <param name="form">Input and output.</param>
    /// <param name="batch">Contiguous, on the CPU, as the model takes it.</param>
    /// <param name="target">Contiguous, of the output's dtype and number of elements.</param>
    /// <param name="shape">The output's shape.</param>
    /// <exception cref="DmlException">The model fails.</exception>
    public void Run(OnnxForm form, Tensor batch, Tensor target, long[] shape)
    {
        using var input = Wrap(batch, form.Input.Element!.Value, batch.shape);
        using var output = Wrap(target, form.Output.Element!.Value, shape);
        using var run = new RunOptions();
        Guard(form, () =>
        {
            _session.Run(run, [form.Input.Name], [input], [form.Output.Name], [output]);
            return true;
        });
    }

    /// <summary>Runs a batch whose output may have any shape.</summary>
    /// <param name="form">Input and output.</param>
    /// <param name="batch">Contiguous, on the CPU, as the model takes it.</param>
    /// <returns>The output.</returns>
    /// <exception cref="DmlException">The model fails.</exception>
    public Tensor Run(OnnxForm form, Tensor batch)
    {
        using var input = Wrap(batch, form.Input.Element!.Value, batch.shape);
        using var run = new RunOptions();
        using var outputs = Guard(form, () => _session.Run(run, [form.Input.Name], [input], [form.Output.Name]));
        var copy = empty(outputs[0].GetTensorTypeAndShape().Shape, form.Output.Dtype!.Value);
        outputs[0].GetTensorDataAsSpan<byte>().CopyTo(copy.bytes);
        return copy;
    }

    /// <summary>Closes it.</summary>
    public void Dispose() => _session.Dispose();

    private static void AddCuda(SessionOptions options)
    {
        try
        {
            options.AppendExecutionProvider_CUDA(0);
        }
        catch (Exception error) when (error is OnnxRuntimeException or EntryPointNotFoundException)
        {
            throw new DmlException(
                "backbone.provider: expected a build of the plugin with the GPU package of ONNX Runtime for \"cuda\", and a GPU, found none "
                    + $"({Reason(error)}); build with -p:DmlOnnx=cuda, or choose cpu.",
                error);
        }
    }

    private static unsafe OrtValue Wrap(Tensor tensor, TensorElementType element, long[] shape)
    {
        var bytes = tensor.bytes;

        // Memory of torch, which no garbage collector moves; the tensor outlives the call.
        fixed (byte* start = bytes)
        {
            return OrtValue.CreateTensorValueWithData(OrtMemoryInfo.DefaultInstance, element, shape, (nint)start, bytes.Length);
        }
    }

    private T Guard<T>(OnnxForm form, Func<T> run)
    {
        try
        {
            return run();
        }
        catch (OnnxRuntimeException error)
        {
            var remedy = form.ImageSize is null ? "give images of a size that the model takes (images.size)"
                : "check the model with the program that exported it";
            throw new DmlException($"{_path}: expected the model to run, but ONNX Runtime refused ({Reason(error)}); {remedy}.", error);
        }
    }

    private static string Reason(Exception error) => error.Message.ReplaceLineEndings(" ").Trim().TrimEnd('.');
}
