using System.Reflection.Metadata;

namespace Dml.Tests.Architecture;

/// <summary>Which file of a project each type of its assembly stands in, by the compiler's debug information.</summary>
internal sealed class SourceFiles
{
    /// <summary>The compiler's note of the documents of a type without a method body, such as an interface or an enumeration.</summary>
    private static readonly Guid TypeDocuments = new("932E74BC-DBA9-4478-8D46-0F32A7BAB3D3");

    private readonly MetadataReader _metadata;
    private readonly MetadataReader _symbols;
    private readonly string _marker;
    private readonly Dictionary<TypeDefinitionHandle, string> _files = [];
    private readonly HashSet<string> _all = [];

    /// <param name="metadata">The assembly.</param>
    /// <param name="symbols">Its portable PDB.</param>
    /// <param name="project">The project's folder from the repository's root, such as <c>sdk/Dml.Engine</c>.</param>
    public SourceFiles(MetadataReader metadata, MetadataReader symbols, string project)
    {
        (_metadata, _symbols, _marker) = (metadata, symbols, $"/{project}/");
        foreach (var handle in metadata.MethodDefinitions)
        {
            if (Own(handle) is { } file) Add(metadata.GetMethodDefinition(handle).GetDeclaringType(), file);
        }

        foreach (var handle in symbols.CustomDebugInformation)
        {
            var note = symbols.GetCustomDebugInformation(handle);
            if (symbols.GetGuid(note.Kind) != TypeDocuments) continue;
            var documents = symbols.GetBlobReader(note.Value);
            while (documents.RemainingBytes > 0)
            {
                var document = System.Reflection.Metadata.Ecma335.MetadataTokens.DocumentHandle(documents.ReadCompressedInteger());
                if (Relative(document) is { } file) Add((TypeDefinitionHandle)note.Parent, file);
            }
        }
    }

    /// <summary>Every file that declares a type or a part of one.</summary>
    public IReadOnlySet<string> All => _all;

    /// <summary>The file of a type, relative to the project; that of the outermost type for a nested one. Null for generated code.</summary>
    public string? Of(TypeDefinitionHandle type) => _files.GetValueOrDefault(Outermost(type));

    /// <summary>The file of a method: its own, or that of its type where the method is generated.</summary>
    public string? Of(MethodDefinitionHandle method) => Own(method) ?? Of(_metadata.GetMethodDefinition(method).GetDeclaringType());

    private string? Own(MethodDefinitionHandle method)
    {
        var debug = _symbols.GetMethodDebugInformation(method);
        if (debug.SequencePointsBlob.IsNil) return null;
        if (!debug.Document.IsNil) return Relative(debug.Document);
        return debug.GetSequencePoints().Where(p => !p.Document.IsNil).Select(p => Relative(p.Document)).FirstOrDefault(file => file is not null);
    }

    private void Add(TypeDefinitionHandle type, string file)
    {
        _all.Add(file);
        _files.TryAdd(Outermost(type), file);
    }

    private TypeDefinitionHandle Outermost(TypeDefinitionHandle type)
    {
        while (_metadata.GetTypeDefinition(type).GetDeclaringType() is { IsNil: false } outer) type = outer;
        return type;
    }

    private string? Relative(DocumentHandle document)
    {
        var path = _symbols.GetString(_symbols.GetDocument(document).Name).Replace('\\', '/');
        var at = path.LastIndexOf(_marker, StringComparison.Ordinal);
        return at < 0 ? null : path[(at + _marker.Length)..];
    }
}
