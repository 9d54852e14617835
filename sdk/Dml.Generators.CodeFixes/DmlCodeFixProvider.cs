using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Composition;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;

namespace Dml.Generators.CodeFixes;

/// <summary>
/// Corrections of the mistakes that have one plain correction; what to write, where it is not the same each time, the diagnostic brings along.
/// </summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(DmlCodeFixProvider))]
[Shared]
public sealed class DmlCodeFixProvider : CodeFixProvider
{
    private static readonly Dictionary<string, Fix[]> Fixes = new(StringComparer.Ordinal)
    {
        ["DML001"] = [new("Make it public and sealed", TypeEdits.PublicSealed)],
        ["DML003"] = [new("Name it {0}", PluginEdits.Name)],
        ["DML008"] = [new("Write init", OptionEdits.SetToInit)],
        ["DML010"] = [new("Make it public and sealed", TypeEdits.PublicSealed)],
        ["DML017"] = [new("Take the default {0}", OptionEdits.Default), new("Make it required", OptionEdits.Required)],
        ["DML019"] = [new("Let configs set it, with init", OptionEdits.AddInit)],
        ["DML020"] = [new("Take [OptionPath] away", OptionEdits.RemovePath)],
        ["DML021"] = [new("Make it the plugin {0}", PluginEdits.Attribute)],
    };

    /// <summary>Where a diagnostic says what to write: the property of it.</summary>
    private const string ToWrite = "write";

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = Fixes.Keys.OrderBy(id => id, StringComparer.Ordinal).ToImmutableArray();

    /// <inheritdoc/>
    public override FixAllProvider GetFixAllProvider() => WellKnownFixAllProviders.BatchFixer;

    /// <inheritdoc/>
    public override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        if (await context.Document.GetSyntaxRootAsync(context.CancellationToken).ConfigureAwait(false) is not { } root) return;
        foreach (var diagnostic in context.Diagnostics)
        {
            var node = root.FindNode(diagnostic.Location.SourceSpan, getInnermostNodeForTie: true);
            diagnostic.Properties.TryGetValue(ToWrite, out var text);
            foreach (var fix in Fixes[diagnostic.Id])
            {
                if (fix.Edit(node, text ?? "") is not { } edit) continue;
                var title = string.Format(System.Globalization.CultureInfo.InvariantCulture, fix.Title, text);
                context.RegisterCodeFix(CodeAction.Create(title, token => Apply(context.Document, edit, token), fix.Title), diagnostic);
            }
        }
    }

    private static async Task<Document> Apply(Document document, Edit edit, CancellationToken cancellationToken)
    {
        var root = await document.GetSyntaxRootAsync(cancellationToken).ConfigureAwait(false);
        return document.WithSyntaxRoot(root!.ReplaceNode(edit.Old, edit.New));
    }

    /// <summary>A correction.</summary>
    /// <param name="Title">What the editor shows; {0} is what the diagnostic says to write.</param>
    /// <param name="Edit">From the node at the diagnostic and what to write; null where it does not fit.</param>
    private sealed record Fix(string Title, Func<SyntaxNode, string, Edit?> Edit);
}

/// <summary>A node in place of another.</summary>
internal sealed record Edit(SyntaxNode Old, SyntaxNode New);
