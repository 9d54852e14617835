using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Dml.Generators.CodeFixes;

/// <summary>Corrections of options.</summary>
internal static class OptionEdits
{
    /// <summary><c>init</c> in place of <c>set</c>.</summary>
    public static Edit? SetToInit(SyntaxNode node, string text)
    {
        if (Property(node)?.AccessorList?.Accessors.FirstOrDefault(a => a.IsKind(SyntaxKind.SetAccessorDeclaration)) is not { } set) return null;
        var init = SyntaxFactory.Token(SyntaxKind.InitKeyword).WithTriviaFrom(set.Keyword);
        return new(set, SyntaxFactory.AccessorDeclaration(
            SyntaxKind.InitAccessorDeclaration, set.AttributeLists, set.Modifiers, init, set.Body, set.ExpressionBody, set.SemicolonToken));
    }

    /// <summary>Another default.</summary>
    public static Edit? Default(SyntaxNode node, string text)
    {
        if (text.Length == 0) return null;
        var value = SyntaxFactory.ParseExpression(text);
        if (node.FirstAncestorOrSelf<ParameterSyntax>() is { Default: { } ofParameter }) return new(ofParameter.Value, value.WithTriviaFrom(ofParameter.Value));
        if (Property(node) is not { } property) return null;
        if (property.Initializer is { } given) return new(given.Value, value.WithTriviaFrom(given.Value));
        if (property.AccessorList is not { } accessors) return null;
        var end = accessors.GetTrailingTrivia();
        var equals = SyntaxFactory.Token(SyntaxKind.EqualsToken).WithTrailingTrivia(SyntaxFactory.Space);
        return new(property, property
            .WithAccessorList(accessors.WithTrailingTrivia(SyntaxFactory.Space))
            .WithInitializer(SyntaxFactory.EqualsValueClause(equals, value))
            .WithSemicolonToken(SyntaxFactory.Token(SyntaxKind.SemicolonToken).WithTrailingTrivia(end)));
    }

    /// <summary>No default, but <c>required</c>.</summary>
    public static Edit? Required(SyntaxNode node, string text)
    {
        if (Property(node) is not { } property || property.Modifiers.Count == 0 || property.Modifiers.Any(SyntaxKind.RequiredKeyword)) return null;
        var end = property.GetTrailingTrivia();
        var required = SyntaxFactory.Token(SyntaxKind.RequiredKeyword).WithTrailingTrivia(SyntaxFactory.Space);
        return new(property, property
            .WithModifiers(property.Modifiers.Add(required))
            .WithInitializer(null).WithSemicolonToken(default)
            .WithAccessorList(property.AccessorList?.WithTrailingTrivia(end)));
    }

    /// <summary>A property with <c>init</c>, of a property without or of a field.</summary>
    public static Edit? AddInit(SyntaxNode node, string text)
    {
        if (Property(node) is { AccessorList: { } accessors } property)
        {
            var added = accessors.AddAccessors(Accessor(SyntaxKind.InitAccessorDeclaration).WithTrailingTrivia(SyntaxFactory.Space));
            return new(property, property.WithAccessorList(added));
        }

        if (node.FirstAncestorOrSelf<FieldDeclarationSyntax>() is not { Declaration.Variables: { Count: 1 } variables } field) return null;
        var (variable, end) = (variables[0], field.GetTrailingTrivia());
        var modifiers = field.Modifiers.Where(m => !m.IsKind(SyntaxKind.ReadOnlyKeyword) && !m.IsKind(SyntaxKind.VolatileKeyword));
        var list = SyntaxFactory.AccessorList(SyntaxFactory.List(
            new[]
            {
                Accessor(SyntaxKind.GetAccessorDeclaration).WithLeadingTrivia(SyntaxFactory.Space).WithTrailingTrivia(SyntaxFactory.Space),
                Accessor(SyntaxKind.InitAccessorDeclaration).WithTrailingTrivia(SyntaxFactory.Space),
            }));
        var made = SyntaxFactory.PropertyDeclaration(field.Declaration.Type, variable.Identifier.WithTrailingTrivia(SyntaxFactory.Space))
            .WithAttributeLists(field.AttributeLists).WithModifiers(SyntaxFactory.TokenList(modifiers)).WithAccessorList(list);
        if (variable.Initializer is { } given)
        {
            made = made.WithAccessorList(list.WithTrailingTrivia(SyntaxFactory.Space)).WithInitializer(given)
                .WithSemicolonToken(SyntaxFactory.Token(SyntaxKind.SemicolonToken));
        }

        return new(field, made.WithLeadingTrivia(field.GetLeadingTrivia()).WithTrailingTrivia(end));
    }

    /// <summary>Without the attribute.</summary>
    public static Edit? RemovePath(SyntaxNode node, string text)
    {
        if (Property(node) is not { } property) return null;
        var attribute = property.AttributeLists.SelectMany(l => l.Attributes)
            .FirstOrDefault(a => a.Name.ToString().Split('.').Last() is "OptionPath" or "OptionPathAttribute");
        if (attribute?.Parent is not AttributeListSyntax list) return null;
        var removed = list.Attributes.Count > 1
            ? property.ReplaceNode(list, list.WithAttributes(list.Attributes.Remove(attribute)))
            : property.RemoveNode(list, SyntaxRemoveOptions.KeepNoTrivia)!.WithLeadingTrivia(property.GetLeadingTrivia());
        return new(property, removed);
    }

    private static AccessorDeclarationSyntax Accessor(SyntaxKind kind) =>
        SyntaxFactory.AccessorDeclaration(kind).WithSemicolonToken(SyntaxFactory.Token(SyntaxKind.SemicolonToken));

    private static PropertyDeclarationSyntax? Property(SyntaxNode node) => node.FirstAncestorOrSelf<PropertyDeclarationSyntax>();
}
