using System.Collections.Generic;
using Microsoft.CodeAnalysis;

namespace Dml.Generators.Analysis;

/// <summary>Gathers diagnostics while a type is read. The analyzer reports them; the generator only asks whether there are any.</summary>
internal sealed class Problems
{
    private readonly List<Diagnostic> _items = [];

    public IReadOnlyList<Diagnostic> Items => _items;

    public void Add(DiagnosticDescriptor rule, ISymbol symbol, params object[] arguments) =>
        _items.Add(Diagnostic.Create(rule, Reading.SymbolExtensions.Place(symbol), arguments));
}
