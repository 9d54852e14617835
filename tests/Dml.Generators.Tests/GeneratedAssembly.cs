using System.Reflection;
using Dml.Configuration;

namespace Dml.Generators.Tests;

/// <summary>A loaded assembly with generated code in it.</summary>
/// <param name="assembly">The assembly.</param>
internal sealed class GeneratedAssembly(Assembly assembly)
{
    /// <summary>The registration, found as the host finds it.</summary>
    public IPluginRegistration Registration =>
        (IPluginRegistration)Activator.CreateInstance(assembly.GetCustomAttribute<PluginEntryPointAttribute>()!.Type)!;

    public OptionsSchema Schema(string binder) => (OptionsSchema)Binder(binder).GetProperty("Schema")!.GetValue(null)!;

    public object? Bind(string binder, ConfigNode node, ConfigProblems problems) => Binder(binder).GetMethod("Bind")!.Invoke(null, [node, problems]);

    public string ToJson(string binder, object? options) => (string)Binder(binder).GetMethod("ToJson")!.Invoke(null, [options])!;

    public Type TypeOf(string name) => assembly.GetType(name, throwOnError: true)!;

    private Type Binder(string name) => TypeOf(name);
}
