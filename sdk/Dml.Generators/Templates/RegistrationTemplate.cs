using System.Collections.Generic;
using System.Linq;
using Dml.Generators.Models;

namespace Dml.Generators.Templates;

/// <summary>The registration of an assembly's plugins.</summary>
internal static class RegistrationTemplate
{
    /// <summary>The file's text.</summary>
    public static string Render(RegistrationModel model) => $$"""
        {{Code.Header}}

        [assembly: global::Dml.PluginEntryPoint(typeof(global::{{model.Namespace}}.PluginRegistration))]

        namespace {{model.Namespace}};

        /// <summary>The plugins of this assembly.</summary>
        public sealed class PluginRegistration : global::Dml.IPluginRegistration
        {
            /// <inheritdoc/>
            public global::System.Collections.Generic.IReadOnlyList<global::Dml.PluginDescriptor> Plugins { get; } =
            [
                {{Code.Lines(8, model.Plugins.SelectMany(Entry))}}
            ];{{(model.Plugins.Any(p => p.Parameters.Any(t => t.Length > 0)) ? ServiceMethod : "")}}
        }

        """;

    /// <summary>A namespace of its own for each assembly, so that one project can reference many plugins: <c>Dml.Generated.Losses_ProxyNcaPP</c>.</summary>
    public static string NamespaceOf(string assembly)
    {
        var segment = string.Concat(assembly.Select(c => char.IsLetterOrDigit(c) ? c : '_'));
        return "Dml.Generated." + (segment.Length == 0 || char.IsDigit(segment[0]) ? "_" + segment : segment);
    }

    private const string ServiceMethod = """


            private static T Service<T>(global::System.IServiceProvider services, string plugin) =>
                (T)(services.GetService(typeof(T)) ?? throw new global::Dml.DmlException(
                    $"plugin \"{plugin}\" expects a {typeof(T).FullName} from the host and found none; use a host that offers it, or take the parameter out of the plugin's constructor"));
        """;

    private static IEnumerable<string> Entry(PluginEntry plugin)
    {
        yield return "new(";
        yield return $"    {Code.Literal(plugin.Name)},";
        yield return $"    global::Dml.PluginKind.{plugin.Kind},";
        yield return $"    {Code.Literal(plugin.TypeName)},";
        yield return $"    {Code.Literal(plugin.Summary)},";
        yield return $"    {plugin.Binder}.Schema,";
        yield return $"    {plugin.Binder}.Bind,";
        yield return $"    static (options, services) => new {plugin.Type}({string.Join(", ", plugin.Parameters.Select(p => Argument(plugin, p)))}))";
        var options = plugin.OptionsType ?? "global::Dml.NoOptions";
        yield return $"    {{ OptionsType = typeof({options}), ToJson = static options => {plugin.Binder}.ToJson(({options})options) }},";
    }

    private static string Argument(PluginEntry plugin, string service) =>
        service.Length == 0 ? $"({plugin.OptionsType})options" : $"Service<{service}>(services, {Code.Literal(plugin.Name)})";
}
