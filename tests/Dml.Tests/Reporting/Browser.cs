using System.Diagnostics;
using Dml.Tests.Support;
using OpenQA.Selenium;
using OpenQA.Selenium.Chrome;
using OpenQA.Selenium.Interactions;

namespace Dml.Tests.Reporting;

/// <summary>A headless Chromium with a page in it. A test that needs it is skipped where there is none (Debian: chromium and chromium-driver).</summary>
internal sealed class Browser : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TemporaryFolder _folder = new();
    private readonly ChromeDriverService _service;
    private readonly ChromeDriver _driver;

    private Browser(string browser, string driver)
    {
        var options = new ChromeOptions { BinaryLocation = browser };
        options.AddArguments(
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
            "--window-size=1280,1600", $"--user-data-dir={_folder.File("profile")}");
        options.SetLoggingPreference(LogType.Browser, LogLevel.All);
        _service = ChromeDriverService.CreateDefaultService(Path.GetDirectoryName(driver)!, Path.GetFileName(driver));
        _service.SuppressInitialDiagnosticInformation = true;
        _driver = new ChromeDriver(_service, options, TimeSpan.FromMinutes(2));
    }

    /// <summary>Whether there is one on this machine.</summary>
    public static bool Exists => Programs is { Browser: not null, Driver: not null };

    /// <summary>Opens a report.</summary>
    public static Browser Open(ReportModel model) => Open(model.Render());

    /// <summary>Opens a report that is rendered.</summary>
    public static Browser Open(string html)
    {
        var browser = Start();
        var path = browser._folder.File("report.html");
        File.WriteAllText(path, html);
        browser.GoTo(new Uri(path));
        return browser;
    }

    /// <summary>Starts one with an empty page.</summary>
    public static Browser Start()
    {
        SkipWhereMissing();
        return new(Programs.Browser!, Programs.Driver!);
    }

    /// <summary>Skips the test where there is no browser.</summary>
    public static void SkipWhereMissing() => Assert.SkipUnless(Exists, "There is no chromium with chromedriver on the path.");

    /// <summary>What the page wrote to the console: errors of scripts and what the content policy refused among it.</summary>
    public IReadOnlyList<string> Console => [.. _driver.Manage().Logs.GetLog(LogType.Browser).Select(l => l.Message)];

    public IWebElement Find(string selector) => _driver.FindElement(By.CssSelector(selector));

    public IReadOnlyList<IWebElement> FindAll(string selector) => _driver.FindElements(By.CssSelector(selector));

    /// <summary>The text of each element, also of those that are not shown.</summary>
    public IReadOnlyList<string> Texts(string selector) => [.. FindAll(selector).Select(e => e.GetDomProperty("textContent")!.Trim())];

    public void GoTo(Uri address) => _driver.Navigate().GoToUrl(address);

    /// <summary>Runs a script in the page; its <c>return</c> comes back.</summary>
    public object? Run(string script, params object[] arguments) => _driver.ExecuteScript(script, arguments);

    /// <summary>Presses keys where the focus is.</summary>
    public void Press(string keys) => new Actions(_driver).SendKeys(keys).Perform();

    /// <summary>Presses a key while Shift is held.</summary>
    public void PressShifted(string key) => new Actions(_driver).KeyDown(Keys.Shift).SendKeys(key).KeyUp(Keys.Shift).Perform();

    /// <summary>Waits until something holds, for at most half a minute.</summary>
    /// <param name="what">What is waited for, for the message.</param>
    /// <param name="holds">Whether it holds.</param>
    public void Wait(string what, Func<bool> holds)
    {
        var patience = Stopwatch.StartNew();
        while (!Holds())
        {
            Assert.True(patience.Elapsed < Patience, $"Waited in vain until {what}. The page says: {Find("body").Text}");
            Thread.Sleep(20);
        }

        // A list that is drawn anew takes its elements away between two looks.
        bool Holds()
        {
            try
            {
                return holds();
            }
            catch (WebDriverException error) when (error is StaleElementReferenceException or NoSuchElementException)
            {
                return false;
            }
        }
    }

    /// <summary>The page's size in CSS pixels, whatever the window's least width is.</summary>
    public void Resize(int width, int height) => _driver.ExecuteCdpCommand("Emulation.setDeviceMetricsOverride", new()
    {
        ["width"] = width,
        ["height"] = height,
        ["deviceScaleFactor"] = 1,
        ["mobile"] = false,
    });

    /// <summary>Pretends that the reader prefers light or dark, or that the page is printed.</summary>
    /// <param name="scheme">light or dark; null for what the system says.</param>
    /// <param name="media">screen or print.</param>
    public void Prefer(string? scheme, string media = "screen") => _driver.ExecuteCdpCommand("Emulation.setEmulatedMedia", new()
    {
        ["media"] = scheme is null ? "" : media,
        ["features"] = scheme is null ? [] : new object[] { new Dictionary<string, object> { ["name"] = "prefers-color-scheme", ["value"] = scheme } },
    });

    /// <summary>Opens another window and goes on there.</summary>
    public void OpenWindow() => _driver.SwitchTo().NewWindow(WindowType.Window);

    /// <summary>Goes on in another window.</summary>
    /// <param name="index">0 for the first.</param>
    public void SwitchTo(int index) => _driver.SwitchTo().Window(_driver.WindowHandles[index]);

    /// <summary>Closes the window; the first one remains.</summary>
    public void CloseWindow()
    {
        _driver.Close();
        SwitchTo(0);
    }

    public byte[] Screenshot() => _driver.GetScreenshot().AsByteArray;

    public void Dispose()
    {
        _driver.Quit();
        _driver.Dispose();
        _service.Dispose();
        _folder.Dispose();
    }

    private static (string? Browser, string? Driver) Programs => (Find("chromium", "chromium-browser", "google-chrome"), Find("chromedriver"));

    private static string? Find(params IReadOnlyList<string> names) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .SelectMany(folder => names.Select(name => Path.Combine(folder, name))).FirstOrDefault(File.Exists);
}
