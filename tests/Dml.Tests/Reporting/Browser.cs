using Dml.Tests.Support;
using OpenQA.Selenium;
using OpenQA.Selenium.Chrome;

namespace Dml.Tests.Reporting;

/// <summary>A headless Chromium with a report in it. A test that needs it is skipped where there is none (Debian: chromium and chromium-driver).</summary>
internal sealed class Browser : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ChromeDriverService _service;
    private readonly ChromeDriver _driver;

    private Browser(string browser, string driver, string html)
    {
        var path = _folder.File("report.html");
        File.WriteAllText(path, html);
        var options = new ChromeOptions { BinaryLocation = browser };
        options.AddArguments(
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
            "--window-size=1280,1600", $"--user-data-dir={_folder.File("profile")}");
        options.SetLoggingPreference(LogType.Browser, LogLevel.All);
        _service = ChromeDriverService.CreateDefaultService(Path.GetDirectoryName(driver)!, Path.GetFileName(driver));
        _service.SuppressInitialDiagnosticInformation = true;
        _driver = new ChromeDriver(_service, options, TimeSpan.FromMinutes(2));
        _driver.Navigate().GoToUrl(new Uri(path));
    }

    /// <summary>Opens a report.</summary>
    public static Browser Open(ReportModel model) => Open(model.Render());

    /// <summary>Opens a report that is rendered.</summary>
    public static Browser Open(string html)
    {
        var (browser, driver) = (Find("chromium", "chromium-browser", "google-chrome"), Find("chromedriver"));
        Assert.SkipWhen(browser is null || driver is null, "There is no chromium with chromedriver on the path.");
        return new(browser!, driver!, html);
    }

    /// <summary>What the page wrote to the console: errors of scripts and what the content policy refused among it.</summary>
    public IReadOnlyList<string> Console => [.. _driver.Manage().Logs.GetLog(LogType.Browser).Select(l => l.Message)];

    public IWebElement Find(string selector) => _driver.FindElement(By.CssSelector(selector));

    public IReadOnlyList<IWebElement> FindAll(string selector) => _driver.FindElements(By.CssSelector(selector));

    /// <summary>The text of each element, also of those that are not shown.</summary>
    public IReadOnlyList<string> Texts(string selector) => [.. FindAll(selector).Select(e => e.GetDomProperty("textContent")!.Trim())];

    public byte[] Screenshot() => _driver.GetScreenshot().AsByteArray;

    public void Dispose()
    {
        _driver.Quit();
        _driver.Dispose();
        _service.Dispose();
        _folder.Dispose();
    }

    private static string? Find(params IReadOnlyList<string> names) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .SelectMany(folder => names.Select(name => Path.Combine(folder, name))).FirstOrDefault(File.Exists);
}
