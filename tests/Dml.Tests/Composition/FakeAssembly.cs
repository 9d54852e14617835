using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace Dml.Tests.Composition;

/// <summary>Writes assemblies without types: what the preflight reads of one is its references alone.</summary>
internal static class FakeAssembly
{
    /// <summary>Writes NAME/NAME.dll below a root and returns the DLL's path.</summary>
    public static string Write(string root, string name, params (string Name, Version Version)[] references) =>
        Write(root, name, new Version(1, 0, 0, 0), references);

    /// <summary>Writes NAME/NAME.dll of a version below a root and returns the DLL's path.</summary>
    public static string Write(string root, string name, Version version, params (string Name, Version Version)[] references)
    {
        var metadata = new MetadataBuilder();
        metadata.AddModule(0, metadata.GetOrAddString(name + ".dll"), metadata.GetOrAddGuid(Guid.NewGuid()), default, default);
        metadata.AddAssembly(metadata.GetOrAddString(name), version, default, default, 0, AssemblyHashAlgorithm.None);
        foreach (var reference in references)
        {
            metadata.AddAssemblyReference(metadata.GetOrAddString(reference.Name), reference.Version, default, default, 0, default);
        }

        metadata.AddTypeDefinition(
            0, default, metadata.GetOrAddString("<Module>"), default, MetadataTokens.FieldDefinitionHandle(1), MetadataTokens.MethodDefinitionHandle(1));
        var image = new BlobBuilder();
        new ManagedPEBuilder(new PEHeaderBuilder(imageCharacteristics: Characteristics.Dll), new MetadataRootBuilder(metadata), new BlobBuilder())
            .Serialize(image);
        var folder = Directory.CreateDirectory(Path.Combine(root, name)).FullName;
        var file = Path.Combine(folder, name + ".dll");
        File.WriteAllBytes(file, image.ToArray());
        return file;
    }
}
