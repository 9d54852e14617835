namespace Dml.Generators.Tests;

public class PluginDiagnosticsTests
{
    private const string Body = Sources.LossBody;

    [Fact]
    public Task Good_plugins_and_options_have_no_diagnostics() =>
        Expect.Diagnostics(Sources.EveryType.Replace("[Obsolete(\"use Label\")]", "") + Sources.EveryTypeLoss.Replace("namespace Samples;", ""));

    [Theory]
    [InlineData("public class Sample", "is not sealed")]
    [InlineData("sealed class Sample", "is not public")]
    [InlineData("public sealed class Sample<T>", "is generic")]
    [InlineData("public abstract class Sample", "is abstract")]
    public Task DML001_a_plugin_that_is_no_public_sealed_class(string declaration, string flaw) => Expect.Diagnostics(
        $"[Plugin(\"sample\")] {declaration} : IMetricLoss {{ {Body.Replace("sealed", "")} }}",
        $"DML001 Sample: Plugin 'Sample' {flaw}; make it a public sealed class that is neither generic nor abstract");

    [Theory]
    [InlineData("internal static class Outer", "is not visible outside the type it is nested in")]
    [InlineData("public class Outer<T>", "is nested in a generic type")]
    public Task DML001_a_nested_plugin_that_the_host_cannot_name(string outer, string flaw) => Expect.Diagnostics(
        $"{outer} {{ [Plugin(\"sample\")] public sealed class Sample : IMetricLoss {{ {Body} }} }}",
        $"DML001 Sample: Plugin 'Sample' {flaw}; make it a public sealed class that is neither generic nor abstract");

    [Fact]
    public Task A_plugin_may_be_nested_in_a_public_class() =>
        Expect.Diagnostics($"public static class Outer {{ [Plugin(\"sample\")] public sealed class Sample : IMetricLoss {{ {Body} }} }}");

    [Theory]
    [InlineData("public Sample() { } public Sample(LossShape shape) { }", "has 2 public constructors, expected exactly one")]
    [InlineData("private Sample() { }", "has 0 public constructors, expected exactly one")]
    [InlineData("public Sample(int size) { }", "takes 'size' of type 'int', which is neither an options record nor marked [PluginService]")]
    [InlineData(
        "public Sample(IServiceProvider services) { }",
        "takes 'services' of type 'System.IServiceProvider', which is neither an options record nor marked [PluginService]")]
    [InlineData("public Sample(NoOptions a, NoOptions b) { }", "takes two options records, 'a' and 'b', expected at most one")]
    [InlineData("public Sample(in LossShape shape) { }", "takes 'shape' by ref or params")]
    [InlineData("public required int Size { get; init; }", "has required members, which the host cannot set; make them constructor parameters")]
    public Task DML002_a_plugin_that_the_host_cannot_make(string member, string problem) => Expect.Diagnostics(
        $"[Plugin(\"sample\")] public sealed class Sample : IMetricLoss {{ {member} {Body} }}",
        $"DML002 Sample: Plugin 'Sample' {problem}");

    [Theory]
    [InlineData("")]
    [InlineData("ProxyNca")]
    [InlineData("proxy_nca")]
    [InlineData("-proxy")]
    [InlineData("proxy--nca")]
    [InlineData("proxy-")]
    [InlineData("proxy nca")]
    [InlineData("größe")]
    public Task DML003_a_name_of_another_form(string name) => Expect.Diagnostics(
        $"[Plugin(\"{name}\")] public sealed class Sample : IMetricLoss {{ {Body} }}",
        $"DML003 \"{name}\": Plugin name '{name}' is not of the form 'proxy-nca': lower-case letters, digits and single hyphens between them");

    [Fact]
    public Task DML004_a_name_that_is_used_twice() => Expect.Diagnostics(
        $$"""
        [Plugin("same")] public sealed class Second : IMetricLoss { {{Body}} }
        [Plugin("same")] public sealed class First : IDatasetSource { {{Sources.DatasetBody}} }
        [Plugin("other")] public sealed class Third : IMetricLoss { {{Body}} }
        """,
        "DML004 \"same\": Plugin name 'same' is already used by 'First'");

    [Fact]
    public Task DML005_a_plugin_without_a_contract() => Expect.Diagnostics(
        "[Plugin(\"sample\")] public sealed class Sample : IDisposable { public void Dispose() { } }",
        "DML005 Sample: Plugin 'Sample' implements no contract; implement one of Dml.IMetricLoss, "
            + "Dml.IDatasetSource, Dml.IBackbone, Dml.IInfluenceEstimator, Dml.ITrainingScorer, Dml.ILearningRateSchedule, Dml.IBatchSampler, Dml.IPairMiner");

    [Fact]
    public Task DML006_a_plugin_with_two_contracts() => Expect.Diagnostics(
        $"[Plugin(\"sample\")] public sealed class Sample : IMetricLoss, IDatasetSource {{ {Body} {Sources.DatasetBody} }}",
        "DML006 Sample: Plugin 'Sample' implements Dml.IMetricLoss and Dml.IDatasetSource; make a plugin of each");

    [Theory]
    [InlineData("ProxyNcaLoss", "proxy-nca")]
    [InlineData("SoftTriple", "soft-triple")]
    [InlineData("KNNLoss", "knn")]
    [InlineData("L2NormHTTP2Loss", "l2-norm-http2")]
    [InlineData("My_Loss", "my")]
    [InlineData("Loss", "loss")]
    [InlineData("Größe", "gr-e")]
    public Task DML021_a_class_with_a_contract_that_is_no_plugin(string type, string name) => Expect.Diagnostics(
        $"public sealed class {type} : IMetricLoss {{ {Body} }}",
        $"DML021 {type}: '{type}' implements Dml.IMetricLoss and is no plugin; write [Plugin(\"{name}\")] before it if a config should choose it");

    [Theory]
    [InlineData("sealed class Sample : IMetricLoss")]
    [InlineData("public abstract class Sample : IMetricLoss")]
    [InlineData("public class Sample : IMetricLoss")]
    public Task A_class_that_no_config_could_choose_is_good(string declaration) => Expect.Diagnostics($"{declaration} {{ {Body} }}");

    [Fact]
    public Task A_class_that_another_plugin_makes_is_good() =>
        Expect.Diagnostics($"public sealed class Sample(IMetricLoss inner) : IMetricLoss {{ public IMetricLoss Inner => inner; {Body} }}");

    [Fact]
    public Task A_proxy_loss_has_one_contract() => Expect.Diagnostics(
        $$"""
        [Plugin("sample")] public sealed class Sample : IProxyLoss
        {
            public TorchSharp.Modules.Parameter Proxies => throw new NotSupportedException();
            public Tensor FromCosines(Tensor cosines, Tensor labels) => cosines;
            {{Body}}
        }
        """);

    [Fact]
    public Task Several_mistakes_are_reported_together() => Expect.Diagnostics(
        "[Plugin(\"Bad\")] public class Sample { public Sample(int size) { } }",
        "DML003 \"Bad\": Plugin name 'Bad' is not of the form 'proxy-nca': lower-case letters, digits and single hyphens between them",
        "DML001 Sample: Plugin 'Sample' is not sealed; make it a public sealed class that is neither generic nor abstract",
        "DML002 Sample: Plugin 'Sample' takes 'size' of type 'int', which is neither an options record nor marked [PluginService]",
        "DML005 Sample: Plugin 'Sample' implements no contract; implement one of Dml.IMetricLoss, "
            + "Dml.IDatasetSource, Dml.IBackbone, Dml.IInfluenceEstimator, Dml.ITrainingScorer, Dml.ILearningRateSchedule, Dml.IBatchSampler, Dml.IPairMiner");
}
