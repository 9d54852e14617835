using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using System.Text.RegularExpressions;

namespace Dml.Tests.Architecture;

/// <summary>
/// What the files of a project use of each other, read from its assembly: bases, fields, signatures and every instruction. Only
/// constants, which the compiler copies, and names in <c>nameof</c> are looked for in the text.
/// </summary>
internal sealed class CompiledProject
{
    private readonly string _folder;

    /// <param name="assembly">The assembly's name; it lies beside the tests with its debug information.</param>
    /// <param name="project">The project's folder from the repository's root.</param>
    /// <param name="part">A folder within the project to look at alone, such as <c>Sections/</c>; empty for all of it.</param>
    public CompiledProject(string assembly, string project, string part = "")
    {
        _folder = Path.Combine(Repository.Root, project);
        var path = Path.Combine(AppContext.BaseDirectory, assembly + ".dll");
        using var image = new PEReader(File.OpenRead(path));
        using var debug = MetadataReaderProvider.FromPortablePdbStream(File.OpenRead(Path.ChangeExtension(path, ".pdb")));
        var metadata = image.GetMetadataReader();
        var files = new SourceFiles(metadata, debug.GetMetadataReader(), project);
        Files = [.. files.All.Where(Within).Order(StringComparer.Ordinal)];
        References = [.. metadata.AssemblyReferences.Select(handle => metadata.GetString(metadata.GetAssemblyReference(handle).Name))];
        var uses = new HashSet<Use>();
        var strings = new List<(string, string)>();
        foreach (var handle in metadata.TypeDefinitions) Read(handle);
        Uses = [.. uses.Concat(TextualUses(metadata, files)).Where(use => use.From != use.To && Within(use.From) && Within(use.To)).Distinct()
            .OrderBy(use => use.From, StringComparer.Ordinal).ThenBy(use => use.To, StringComparer.Ordinal)];
        Strings = strings;

        bool Within(string file) => file.StartsWith(part, StringComparison.Ordinal);

        void Read(TypeDefinitionHandle handle)
        {
            var type = metadata.GetTypeDefinition(handle);
            var shape = new TypeCollector(metadata);
            shape.Add(type.BaseType);
            foreach (var contract in type.GetInterfaceImplementations()) shape.Add(metadata.GetInterfaceImplementation(contract).Interface);
            foreach (var field in type.GetFields()) metadata.GetFieldDefinition(field).DecodeSignature(shape, null);
            foreach (var parameter in type.GetGenericParameters())
            {
                foreach (var constraint in metadata.GetGenericParameter(parameter).GetConstraints())
                {
                    shape.Add(metadata.GetGenericParameterConstraint(constraint).Type);
                }
            }

            Keep(files.Of(handle), shape);
            foreach (var method in type.GetMethods())
            {
                var definition = metadata.GetMethodDefinition(method);
                var body = definition.RelativeVirtualAddress == 0 ? null : image.GetMethodBody(definition.RelativeVirtualAddress);
                var used = new TypeCollector(metadata);
                used.Add(definition, body);
                var file = files.Of(method);
                Keep(file, used);
                if (file is null || body is null) continue;
                foreach (var token in MethodTokens.Of(body.GetILReader()).Where(token => token >> 24 == 0x70))
                {
                    strings.Add((file, metadata.GetUserString(MetadataTokens.UserStringHandle(token & 0xFFFFFF))));
                }
            }
        }

        void Keep(string? file, TypeCollector collector)
        {
            if (file is null) return;
            foreach (var used in collector.Types)
            {
                if (files.Of(used) is { } other) uses.Add(new(file, other));
            }
        }
    }

    /// <summary>The project's files that declare a type, in ordinal order.</summary>
    public IReadOnlyList<string> Files { get; }

    /// <summary>Every use of one file by another.</summary>
    public IReadOnlyList<Use> Uses { get; }

    /// <summary>Every string that a method holds, with the method's file.</summary>
    public IReadOnlyList<(string File, string Text)> Strings { get; }

    /// <summary>Names of the assemblies that this one refers to.</summary>
    public IReadOnlyList<string> References { get; }

    /// <summary><c>Type.Constant</c>, members of enumerations among them, and <c>nameof(Type</c>: the assembly keeps no trace of them.</summary>
    private IEnumerable<Use> TextualUses(MetadataReader metadata, SourceFiles files)
    {
        var types = new Dictionary<string, string>();
        var constants = new Dictionary<(string, string), string>();
        foreach (var handle in metadata.TypeDefinitions)
        {
            if (files.Of(handle) is not { } declaring) continue;
            var type = metadata.GetTypeDefinition(handle);
            var name = metadata.GetString(type.Name);
            types.TryAdd(name, declaring);
            foreach (var field in type.GetFields().Select(metadata.GetFieldDefinition).Where(f => f.Attributes.HasFlag(FieldAttributes.Literal)))
            {
                constants.TryAdd((name, metadata.GetString(field.Name)), declaring);
            }
        }

        foreach (var file in Files)
        {
            var text = string.Join(
                '\n', File.ReadLines(Path.Combine(_folder, file)).Where(line => !line.TrimStart().StartsWith("//", StringComparison.Ordinal)));
            foreach (Match match in Regex.Matches(text, @"\b([A-Z]\w*)\.([A-Z]\w*)\b"))
            {
                if (constants.TryGetValue((match.Groups[1].Value, match.Groups[2].Value), out var declaring)) yield return new(file, declaring);
            }

            foreach (Match match in Regex.Matches(text, @"\bnameof\((\w+)"))
            {
                if (types.TryGetValue(match.Groups[1].Value, out var declaring)) yield return new(file, declaring);
            }
        }
    }
}
