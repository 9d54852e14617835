using System.Reflection;

namespace Dml.Host.Reporting;

/// <summary>
/// Renders a run as one HTML file that needs nothing else: no network, no script, no font. The markup is also well-formed XML.
/// </summary>
public static class HtmlReport
{
    private static readonly Lazy<string> Css = new(ReadStyleSheet);

    /// <summary>The whole file as text; the same model always gives the same text. Write it as UTF-8.</summary>
    /// <param name="model">What to show.</param>
    /// <exception cref="ArgumentException">An image is neither PNG nor JPEG, or a histogram's edges do not fit its bins.</exception>
    public static string Render(ReportModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        var images = new ImageSheet(model.Images);

        // The body comes first: showing an image is what puts it into the sheet.
        var body = Html.Of($"""
            {HeadlineSection.Render(model)}{QualitySection.Render(model)}{MislabelSection.Render(model.Mislabels)}
            {ConfusionSection.Render(model, images)}{RunSection.Render(model)}
            """);
        var page = Html.Of($"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8"/>
            <meta name="viewport" content="width=device-width, initial-scale=1"/>
            <meta name="color-scheme" content="light dark"/>
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:"/>
            <link rel="icon" href="data:,"/>
            <title>{model.Title}</title>
            <style>
            {new Html(Css.Value)}{images.Rules}</style>
            </head>
            <body>
            <main>
            {body}</main>
            </body>
            </html>

            """);
        return page.Markup.ReplaceLineEndings("\n");
    }

    private static string ReadStyleSheet()
    {
        const string Name = "Dml.Host.Reporting.report.css";
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(Name)
            ?? throw new InvalidOperationException($"The style sheet {Name} is missing from the program.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
