using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Dml.Generators.CodeFixes;

/// <summary>Corrections of types.</summary>
internal static class TypeEdits
{
    private static readonly SyntaxKind[] Accessibility =
        [SyntaxKind.PublicKeyword, SyntaxKind.InternalKeyword, SyntaxKind.PrivateKeyword, SyntaxKind.ProtectedKeyword, SyntaxKind.FileKeyword];

    /// <summary>Public and sealed; null where that is not what is missing.</summary>
    public static Edit? PublicSealed(SyntaxNode node, string text)
    {
        if (node is not TypeDeclarationSyntax { TypeParameterList: null } type || type is not (ClassDeclarationSyntax or RecordDeclarationSyntax)) return null;
        if (type.Modifiers.Any(SyntaxKind.AbstractKeyword) || type.Modifiers.Any(SyntaxKind.StaticKeyword) || type.Parent is TypeDeclarationSyntax) return null;
        var isDone = type.Modifiers.Any(SyntaxKind.PublicKeyword) && type.Modifiers.Any(SyntaxKind.SealedKeyword);
        if (isDone) return null;

        // The comment above belongs to the first token, whichever that is.
        var comment = type.GetLeadingTrivia();
        var bare = type.WithoutLeadingTrivia();
        var others = bare.Modifiers.Where(m => !Accessibility.Contains(m.Kind()) && !m.IsKind(SyntaxKind.SealedKeyword)).Select(m => m.WithLeadingTrivia());
        SyntaxToken[] modifiers = [Word(SyntaxKind.PublicKeyword), Word(SyntaxKind.SealedKeyword), .. others];
        var declaration = bare.WithModifiers(SyntaxFactory.TokenList(modifiers)).WithKeyword(bare.Keyword.WithLeadingTrivia());
        if (bare.AttributeLists.Count == 0) return new(type, declaration.WithLeadingTrivia(comment));

        // After attributes the modifiers keep what stood before them: the line break and the indentation.
        var before = bare.Modifiers.Count > 0 ? bare.Modifiers[0].LeadingTrivia : bare.Keyword.LeadingTrivia;
        modifiers[0] = modifiers[0].WithLeadingTrivia(before);
        return new(type, declaration.WithModifiers(SyntaxFactory.TokenList(modifiers)).WithLeadingTrivia(comment));
    }

    private static SyntaxToken Word(SyntaxKind kind) => SyntaxFactory.Token(kind).WithTrailingTrivia(SyntaxFactory.Space);
}
