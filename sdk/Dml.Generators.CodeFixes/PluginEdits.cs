using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Dml.Generators.CodeFixes;

/// <summary>Corrections of plugin classes.</summary>
internal static class PluginEdits
{
    /// <summary>Another name in the attribute.</summary>
    public static Edit? Name(SyntaxNode node, string text)
    {
        if (text.Length == 0 || node.FirstAncestorOrSelf<AttributeArgumentSyntax>() is not { } argument) return null;
        return new(argument.Expression, Literal(text).WithTriviaFrom(argument.Expression));
    }

    /// <summary>The attribute above a class.</summary>
    public static Edit? Attribute(SyntaxNode node, string text)
    {
        if (text.Length == 0 || node is not ClassDeclarationSyntax type) return null;
        var comment = type.GetLeadingTrivia();
        var indent = comment.LastOrDefault(t => t.IsKind(SyntaxKind.WhitespaceTrivia));
        var argument = SyntaxFactory.AttributeArgument(Literal(text));
        var attribute = SyntaxFactory.Attribute(
            SyntaxFactory.IdentifierName("Plugin"), SyntaxFactory.AttributeArgumentList(SyntaxFactory.SingletonSeparatedList(argument)));
        var list = SyntaxFactory.AttributeList(SyntaxFactory.SingletonSeparatedList(attribute))
            .WithLeadingTrivia(comment).WithTrailingTrivia(SyntaxFactory.ElasticCarriageReturnLineFeed);
        var rest = type.WithLeadingTrivia(indent.IsKind(SyntaxKind.WhitespaceTrivia) ? SyntaxFactory.TriviaList(indent) : default);
        return new(type, rest.WithAttributeLists(rest.AttributeLists.Insert(0, list)));
    }

    private static LiteralExpressionSyntax Literal(string text) =>
        SyntaxFactory.LiteralExpression(SyntaxKind.StringLiteralExpression, SyntaxFactory.Literal(text));
}
