using System.Linq;
using System.Net;
using System.Text.RegularExpressions;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Dml.Generators.Reading;

/// <summary>The summary of a symbol's documentation as plain text on one line.</summary>
internal static class XmlSummary
{
    private static readonly Regex Summary = new("<summary>(.*?)</summary>", RegexOptions.Singleline | RegexOptions.CultureInvariant);
    private static readonly Regex Reference = new("<(?:see|paramref|typeparamref)\\s+\\w+=\"(?:\\w:)?([^\"]*)\"\\s*/>", RegexOptions.CultureInvariant);
    private static readonly Regex Tag = new("<[^>]+>", RegexOptions.CultureInvariant);
    private static readonly Regex Space = new("\\s+", RegexOptions.CultureInvariant);

    public static string Of(ISymbol symbol, CancellationToken cancellation)
    {
        var xml = symbol.GetDocumentationCommentXml(cancellationToken: cancellation);
        if (string.IsNullOrEmpty(xml)) xml = FromTrivia(symbol, cancellation);
        var match = Summary.Match(xml ?? "");
        if (!match.Success) return "";
        var text = Reference.Replace(match.Groups[1].Value, m => LastName(m.Groups[1].Value));
        return WebUtility.HtmlDecode(Space.Replace(Tag.Replace(text, ""), " ")).Trim();
    }

    /// <summary>A compilation that does not parse documentation keeps it as plain comments.</summary>
    private static string FromTrivia(ISymbol symbol, CancellationToken cancellation)
    {
        var lines = symbol.DeclaringSyntaxReferences
            .SelectMany(r => r.GetSyntax(cancellation).GetLeadingTrivia())
            .Where(t => t.IsKind(SyntaxKind.SingleLineCommentTrivia) || t.IsKind(SyntaxKind.SingleLineDocumentationCommentTrivia))
            .Select(t => t.ToFullString().TrimStart('/', ' '));
        return string.Join("\n", lines);
    }

    private static string LastName(string reference)
    {
        var name = reference.Split('(')[0];
        return name.Substring(name.LastIndexOf('.') + 1);
    }
}
