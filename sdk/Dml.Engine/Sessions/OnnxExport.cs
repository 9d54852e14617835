using System.Globalization;
using Dml.Engine.Config;
using Dml.Engine.Runs;
using Dml.Numerics;
using Dml.Storage;
using Microsoft.Extensions.DependencyInjection;
using static TorchSharp.torch;

namespace Dml.Engine.Sessions;

/// <summary>
/// Writes a run's network as one ONNX model: normalised images, or the features that a head was fitted on, to embeddings of length 1.
/// </summary>
internal static class OnnxExport
{
    /// <summary>Most that an embedding of length 1 may differ between torch and ONNX Runtime.</summary>
    private const double Tolerance = 1e-3;

    /// <summary>The backbone plugin that runs a model, by which an export is checked where it is there.</summary>
    private const string Runner = "onnx";
    private const int CheckedImages = 3;
    private const string Output = "embeddings";

    /// <summary>Writes it, and runs what was written where the plugin for that is there.</summary>
    /// <param name="run">The run.</param>
    /// <param name="file">The file, replaced only by a model that is sound.</param>
    /// <param name="overwrite">Replace a file that stands there.</param>
    /// <param name="catalog">Loaded plugins.</param>
    /// <returns>The greatest difference of an embedding's numbers, or null with the reason why none was measured.</returns>
    /// <exception cref="DmlException">The backbone cannot be written so, or the written model gives other embeddings.</exception>
    public static (double? Deviation, string? Reason) Write(RunFolder run, string file, bool overwrite, PluginCatalog catalog)
    {
        var target = Path.GetFullPath(file);
        if (File.Exists(target) && !overwrite)
        {
            throw new DmlException("onnx", "a new file", $"the file {file}", $"choose another, or give {Mention.Option("overwrite")}");
        }

        using var trained = TrainedNetwork.Open(run, DatasetRecord.Read(run), catalog);
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var graph = GraphOf(trained);
        var temporary = AtomicFile.TemporaryName(target);
        try
        {
            graph.Write(temporary, Output, "batch", trained.Network.EmbeddingSize.ToString(CultureInfo.InvariantCulture));
            var found = Check(trained, temporary, catalog);
            if (found.Deviation is { } deviation && !(deviation <= Tolerance))
            {
                throw new DmlException(
                    $"Expected the written model to give the embeddings of {run.Path} to within {Tolerance:G1}, found a difference of {deviation:G2}; "
                        + "report this, nothing was written.");
            }

            File.Move(temporary, target, overwrite: true);
            return found;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DmlException($"Expected to write {file}, but the system refused ({error.Message.TrimEnd('.')}); choose another file.", error);
        }
        finally
        {
            AtomicFile.Discard(temporary);
        }
    }

    private static OnnxGraph GraphOf(TrainedNetwork trained)
    {
        var network = trained.Network;
        OnnxGraph graph;
        if (trained.IsFitted)
        {
            graph = new();
            graph.AddInput("features", "batch", network.BackboneSize.ToString(CultureInfo.InvariantCulture));
        }
        else
        {
            graph = network.Backbone is IOnnxExportable exportable ? exportable.ToOnnx(trained.Images.Size) : throw new DmlException(
                "backbone", $"one that can be written as ONNX (an {nameof(IOnnxExportable)})", network.Backbone.GetName(),
                "export its weights instead, or fit a head on its features");
            Describe(graph, trained);
        }

        if (network.Hidden is { } hidden)
        {
            graph.Linear(hidden);
            graph.Gelu();
        }

        graph.Linear(network.Head);
        graph.UnitRows();
        return graph;
    }

    /// <summary>How pixels become the model's input, for who runs it; the plugin that runs models reads it too.</summary>
    private static void Describe(OnnxGraph graph, TrainedNetwork trained)
    {
        var normalization = trained.Network.Normalization;
        graph.Describe("dml.mean", Numbers(normalization.Mean));
        graph.Describe("dml.std", Numbers(normalization.Std));
        graph.Describe("dml.channels", normalization.Order == ChannelOrder.Bgr ? "bgr" : "rgb");
        graph.Describe("dml.size", trained.Images.Size.ToString(CultureInfo.InvariantCulture));
        graph.Describe("dml.resize", trained.Images.CheckedResize().ToString(CultureInfo.InvariantCulture));
    }

    private static (double? Deviation, string? Reason) Check(TrainedNetwork trained, string file, PluginCatalog catalog)
    {
        if (trained.IsFitted) return (null, $"the backbone plugin {Runner} runs models of images, and this is one of features");
        if (catalog.Find(Runner, PluginKind.Backbone, out _) is null) return (null, $"the backbone plugin {Runner} is not there");
        var backbone = ConfigFile.Parse($$"""{ "backbone": { "name": "{{Runner}}" } }""", "export");
        var root = ConfigOverride.Set(backbone, "backbone", "model", file, new("export", 0));
        using var services = new Composer(catalog, []).Bind(root)
            .AddPlugins(new ServiceCollection().AddSingleton(new BackboneContext(Path.GetDirectoryName(file)!))).BuildServiceProvider();
        using var module = services.GetRequiredService<IBackbone>().CreateModule();
        var side = trained.Images.Size;
        using var generator = new Generator(0);
        var images = randn([CheckedImages, 3, side, side], generator: generator);
        var expected = UnitRows.Of(trained.Network.Embed(trained.Network.Features(images)));
        return ((module.call(images) - expected).abs().max().item<float>(), null);
    }

    private static string Numbers(IReadOnlyList<float> values) => string.Join(' ', values.Select(v => v.ToString("R", CultureInfo.InvariantCulture)));
}
