using System.Reflection;
using System.Security.Cryptography;
using System.Text;

namespace Dml.Engine.Reporting;

/// <summary>
/// Renders a report as one HTML file that needs nothing else: no network, no font. Its one script, which sorts, filters and links, is inside
/// and allowed by its hash; without it all is there but that. The markup is also well-formed XML.
/// </summary>
internal static class HtmlReport
{
    private static readonly Lazy<string> Css = new(() => Read("parts.css") + Read("report.css"));
    private static readonly Lazy<string> Script = new(() => "\n" + Read("report.js"));
    private static readonly Lazy<string> ScriptHash = new(() => Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Script.Value))));

    /// <summary>The whole file as text; the same report always gives the same text. Write it as UTF-8.</summary>
    /// <param name="report">What to show.</param>
    /// <exception cref="ArgumentException">An image is neither PNG nor JPEG, or a histogram's edges do not fit its bins.</exception>
    public static string Render(Report report)
    {
        ArgumentNullException.ThrowIfNull(report);
        var images = new ImageSheet(report.Images);

        // The body comes first: showing an image is what puts it into the sheet.
        var body = Html.Of($"""
            {Headline.Render(report)}{report.Sections.Select(section => section.Render(images))}
            """);
        return Page(report.Title, body, images.Rules, Html.Of($"{report.Origin.Select(Origin)}"));
    }

    /// <summary>A whole file around some sections.</summary>
    /// <param name="title">Its title.</param>
    /// <param name="body">The sections.</param>
    /// <param name="rules">Style rules beyond the style sheet.</param>
    /// <param name="head">Further elements of the head.</param>
    public static string Page(string title, Html body, Html rules, Html head = default)
    {
        var page = Html.Of($"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8"/>
            <meta name="viewport" content="width=device-width, initial-scale=1"/>
            <meta name="color-scheme" content="light dark"/>
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'sha256-{ScriptHash.Value}'; style-src 'unsafe-inline'; img-src data:"/>
            <link rel="icon" href="data:,"/>
            {head}<title>{title}</title>
            <style>
            {new Html(Css.Value)}{rules}</style>
            </head>
            <body>
            <main>
            {body}</main>
            <script>{new Html(Script.Value)}</script>
            </body>
            </html>

            """);
        return page.Markup.ReplaceLineEndings("\n");
    }

    private static Html Origin(KeyValuePair<string, string> input) => Html.Of($"""
        <meta name="{Runs.Origin.HtmlName + input.Key}" content="{input.Value}"/>

        """);

    /// <summary>The style sheet.</summary>
    public static string StyleSheet => Css.Value;

    private static string Read(string file)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"Dml.Engine.Reporting.{file}")
            ?? throw new InvalidOperationException($"The file {file} is missing from the program.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
