using System;
using System.Linq;
using System.Text;
using System.Threading;
using System.Xml;
using System.Xml.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Dml.Generators.Reading;

/// <summary>XML documentation as plain text.</summary>
internal static class Documentation
{
    /// <summary>The whole summary of an option on one line; empty if there is none. That of a record's parameter stands in the record's comment.</summary>
    public static string Summary(IPropertySymbol option, CancellationToken cancellationToken)
    {
        var text = OptionsConstructor.DeclaringParameter(option) is { } parameter
            ? Root(option.ContainingType, cancellationToken)?.DescendantsAndSelf("param").FirstOrDefault(p => p.Attribute("name")?.Value == parameter.Name)
            : SummaryElement(option, cancellationToken);
        return text is null ? "" : OneLine(Text(text));
    }

    /// <summary>The first paragraph of the summary on one line; empty if there is none.</summary>
    public static string FirstParagraph(ISymbol symbol, CancellationToken cancellationToken)
    {
        if (SummaryElement(symbol, cancellationToken) is not { } summary) return "";
        var before = OneLine(string.Concat(summary.Nodes().TakeWhile(n => !IsParagraph(n)).Select(Text)));
        return before.Length > 0 ? before : summary.Nodes().Where(IsParagraph).Select(n => OneLine(Text(n))).FirstOrDefault() ?? "";
    }

    private static XElement? SummaryElement(ISymbol symbol, CancellationToken cancellationToken) =>
        Root(symbol, cancellationToken)?.DescendantsAndSelf("summary").FirstOrDefault();

    private static XElement? Root(ISymbol symbol, CancellationToken cancellationToken)
    {
        var xml = symbol.GetDocumentationCommentXml(cancellationToken: cancellationToken);
        if (string.IsNullOrWhiteSpace(xml)) xml = FromTrivia(symbol, cancellationToken);
        try
        {
            return XElement.Parse(xml, LoadOptions.PreserveWhitespace);
        }
        catch (XmlException)
        {
            // The compiler reports a comment that is no XML; here it counts as none.
            return null;
        }
    }

    /// <summary>
    /// A project that writes no documentation file is parsed without documentation comments: <c>///</c> is then an ordinary comment
    /// in front of the declaration.
    /// </summary>
    private static string FromTrivia(ISymbol symbol, CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        foreach (var reference in symbol.DeclaringSyntaxReferences)
        {
            var lines = reference.GetSyntax(cancellationToken).GetLeadingTrivia()
                .Where(t => t.IsKind(SyntaxKind.SingleLineCommentTrivia))
                .Select(t => t.ToString())
                .Where(t => t.StartsWith("///", StringComparison.Ordinal));
            foreach (var line in lines) text.Append(line.Substring(3)).Append('\n');
        }

        return $"<doc>{text}</doc>";
    }

    private static bool IsParagraph(XNode node) => node is XElement { Name.LocalName: "para" };

    private static string Text(XNode node) => node switch
    {
        XText text => text.Value,
        XElement { Name.LocalName: "see" or "seealso" or "paramref" or "typeparamref", IsEmpty: true } reference => Referred(reference),
        XElement { Name.LocalName: "para" } paragraph => " " + string.Concat(paragraph.Nodes().Select(Text)) + " ",
        XElement element => string.Concat(element.Nodes().Select(Text)),
        _ => "",
    };

    /// <summary>What a reference points at, by its simple name: <c>T:Dml.LossShape</c> is LossShape.</summary>
    private static string Referred(XElement reference)
    {
        if (reference.Attribute("cref")?.Value is not { } target) return reference.Attributes().FirstOrDefault()?.Value ?? "";
        var name = target.Split('(', '{', '`')[0];
        return name.Substring(name.LastIndexOfAny(['.', ':']) + 1);
    }

    private static string OneLine(string text) => string.Join(" ", text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
