using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Dml.Storage;

namespace Dml.Host.Terminal;

/// <summary>How a command tells what it found.</summary>
internal enum OutputForm
{
    /// <summary>Lines for people on standard output, progress on standard error.</summary>
    Lines,

    /// <summary>Nothing but warnings and errors.</summary>
    Quiet,

    /// <summary>One JSON document on standard output, with the lines and what the command adds to it.</summary>
    Json,
}

/// <summary>
/// What one command prints. Commands write lines to the console as they always do; in the form of a document the lines are caught, and what
/// programs want to read is added by <see cref="Add"/>.
/// </summary>
internal sealed class CommandOutput : IDisposable
{
    private static readonly JsonWriterOptions Indented = new() { Indented = true };

    private readonly TextWriter _console = Console.Out;
    private readonly StringWriter _lines = new();
    private readonly JsonObject _results = [];
    private readonly OutputForm _form;
    private string? _error;

    private CommandOutput(string command, OutputForm form) => (Command, _form) = (command, form);

    /// <summary>That of the command that runs.</summary>
    public static CommandOutput Current { get; private set; } = new("", OutputForm.Lines);

    /// <summary>Name of the command.</summary>
    public string Command { get; }

    /// <summary>Whether progress is shown.</summary>
    public bool ShowsProgress => _form != OutputForm.Quiet;

    /// <summary>Whether there is a reader whom a hint helps.</summary>
    public bool IsForPeople => _form == OutputForm.Lines;

    /// <summary>Begins the output of a command and takes the place of the console's.</summary>
    /// <param name="command">Its name.</param>
    /// <param name="form">The form that is asked for.</param>
    public static CommandOutput Begin(string command, OutputForm form)
    {
        Current = new(command, form);
        if (form == OutputForm.Quiet) Console.SetOut(TextWriter.Null);
        if (form == OutputForm.Json) Console.SetOut(Current._lines);
        return Current;
    }

    /// <summary>Adds a part of the document; of parts of one name the last one counts. Without a document it does nothing.</summary>
    /// <param name="name">Its key.</param>
    /// <param name="value">Its value.</param>
    /// <param name="type">The form of the value.</param>
    public void Add<T>(string name, T value, JsonTypeInfo<T> type)
    {
        if (_form == OutputForm.Json) _results[name] = JsonSerializer.SerializeToNode(value, type);
    }

    /// <summary>Adds a JSON file that the command wrote.</summary>
    /// <param name="name">Its key.</param>
    /// <param name="file">The file.</param>
    public void AddFile(string name, string file)
    {
        if (_form == OutputForm.Json) _results[name] = JsonNode.Parse(InputFile.ReadText(file));
    }

    /// <summary>Prints a warning or an error of what a command looked at, which a quiet one prints too.</summary>
    /// <param name="line">One line.</param>
    public void Tell(string line) => (_form == OutputForm.Quiet ? Console.Error : Console.Out).WriteLine(line);

    /// <summary>
    /// Prints what a command that goes on until it is stopped is good for, at once and in every form: a line, a line of a quiet command too, or a JSON
    /// object of one line before the document.
    /// </summary>
    /// <param name="line">The line.</param>
    /// <param name="name">Key of the object.</param>
    /// <param name="value">Its value.</param>
    public void TellAtOnce(string line, string name, string value)
    {
        _console.WriteLine(_form == OutputForm.Json ? new JsonObject { [name] = value }.ToJsonString() : line);
        _console.Flush();
    }

    /// <summary>Tells what went wrong, on standard error and in the document.</summary>
    /// <param name="sentence">One sentence.</param>
    public void Fail(string sentence)
    {
        Console.Error.WriteLine(sentence);
        _error = sentence;
    }

    /// <summary>Prints the document, if one is asked for.</summary>
    /// <param name="exitCode">The command's exit code.</param>
    public void End(int exitCode)
    {
        Console.SetOut(_console);
        if (_form != OutputForm.Json) return;
        using var text = new MemoryStream();
        using (var json = new Utf8JsonWriter(text, Indented)) Write(json, exitCode);
        _console.WriteLine(System.Text.Encoding.UTF8.GetString(text.ToArray()));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Console.SetOut(_console);
        _lines.Dispose();
    }

    private void Write(Utf8JsonWriter json, int exitCode)
    {
        json.WriteStartObject();
        json.WriteString("command", Command);
        json.WriteNumber("exitCode", exitCode);
        if (_error is not null) json.WriteString("error", _error);
        json.WriteStartArray("lines");
        foreach (var line in _lines.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries)) json.WriteStringValue(line);
        json.WriteEndArray();
        foreach (var (name, value) in _results)
        {
            json.WritePropertyName(name);
            value!.WriteTo(json);
        }

        json.WriteEndObject();
    }
}
