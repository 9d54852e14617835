using System.Text.Json.Serialization;

namespace Dml.Engine.Plugins;

/// <summary>The JSON form of an installed package, without reflection.</summary>
[JsonSourceGenerationOptions(
    WriteIndented = true,
    RespectRequiredConstructorParameters = true,
    RespectNullableAnnotations = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(InstalledPackage))]
internal sealed partial class PackageJson : JsonSerializerContext;
