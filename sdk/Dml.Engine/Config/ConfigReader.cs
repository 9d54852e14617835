using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Dml.Configuration;

namespace Dml.Engine.Config;

/// <summary>Turns JSON bytes into config nodes that know file, line and path.</summary>
internal ref struct ConfigReader
{
    private static readonly JsonReaderOptions FileOptions = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    private readonly ReadOnlySpan<byte> _json;
    private readonly ConfigSource _origin;
    private readonly ConfigProblems _problems = new();
    private Utf8JsonReader _reader;
    private int _countedTo;
    private int _newlines;

    /// <param name="json">The bytes.</param>
    /// <param name="origin">The name for messages and the line that the bytes start on; line 0 where there are no lines.</param>
    /// <param name="options">What is allowed beyond JSON.</param>
    private ConfigReader(ReadOnlySpan<byte> json, ConfigSource origin, JsonReaderOptions options)
    {
        _json = json;
        _origin = origin;
        _reader = new Utf8JsonReader(json, options);
    }

    /// <summary>Reads a whole file, which must hold one object; comments and trailing commas are allowed.</summary>
    /// <exception cref="ConfigException">It is no JSON, no object, or has a key twice.</exception>
    public static ConfigNode ReadRoot(ReadOnlySpan<byte> json, string file)
    {
        var preamble = Encoding.UTF8.Preamble;
        if (json.StartsWith(preamble)) json = json[preamble.Length..];
        if (!Utf8.IsValid(json)) throw Error(new(file, 0), "expected text in UTF-8, found other bytes; save the file as UTF-8");
        try
        {
            var root = ReadAll(json, new(file, 1), "", FileOptions);
            if (root.Kind == ConfigKind.Object) return root;
            throw Error(root.Source, $"expected an object with the sections of a run, found {root.Describe()}; put everything into {{ }}");
        }
        catch (JsonException e)
        {
            var source = new ConfigSource(file, (int)(e.LineNumber ?? 0) + 1);
            throw Error(source, $"expected JSON (comments and trailing commas are allowed), found a mistake at column {e.BytePositionInLine + 1}: "
                + $"{Reason(e)}; correct the file there");
        }
    }

    /// <summary>Reads the value of an override, or returns null when it is no JSON.</summary>
    /// <param name="text">The value as given.</param>
    /// <param name="path">The path that it is for.</param>
    /// <param name="source">The override.</param>
    /// <exception cref="ConfigException">It is JSON with a key twice.</exception>
    public static ConfigNode? TryReadValue(string text, string path, ConfigSource source)
    {
        try
        {
            return ReadAll(Encoding.UTF8.GetBytes(text), source, path, default);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static ConfigNode ReadAll(ReadOnlySpan<byte> json, ConfigSource origin, string path, JsonReaderOptions options)
    {
        var reader = new ConfigReader(json, origin, options);
        reader._reader.Read();
        var node = reader.ReadValue(path);

        // Reads to the end, so that anything after the value is an error.
        reader._reader.Read();
        reader._problems.ThrowIfAny();
        return node;
    }

    private ConfigNode ReadValue(string path)
    {
        var source = Here();
        switch (_reader.TokenType)
        {
            case JsonTokenType.StartObject: return ReadObject(path, source);
            case JsonTokenType.StartArray: return ReadArray(path, source);
            case JsonTokenType.String: return ConfigNode.Scalar(ConfigKind.String, Text(), path, source);
            case JsonTokenType.Number: return ConfigNode.Scalar(ConfigKind.Number, Encoding.ASCII.GetString(_reader.ValueSpan), path, source);
            case JsonTokenType.True: return ConfigNode.Scalar(ConfigKind.Boolean, "true", path, source);
            case JsonTokenType.False: return ConfigNode.Scalar(ConfigKind.Boolean, "false", path, source);
            default: return ConfigNode.Scalar(ConfigKind.Null, "null", path, source);
        }
    }

    private ConfigNode ReadObject(string path, ConfigSource source)
    {
        var members = new List<ConfigMember>();
        while (_reader.Read() && _reader.TokenType != JsonTokenType.EndObject)
        {
            var key = Text();
            var keySource = Here();
            var keyPath = path.Length == 0 ? key : $"{path}.{key}";
            if (members.Find(m => m.Key == key).Value is { } first)
            {
                _problems.Add(keySource, keyPath, $"expected the key once, found it again after line {first.Source.Line}; remove one of the two");
            }

            _reader.Read();
            members.Add(new(key, ReadValue(keyPath)));
        }

        return ConfigNode.Object(members, path, source);
    }

    private ConfigNode ReadArray(string path, ConfigSource source)
    {
        var items = new List<ConfigNode>();
        while (_reader.Read() && _reader.TokenType != JsonTokenType.EndArray) items.Add(ReadValue($"{path}[{items.Count}]"));
        return ConfigNode.Array(items, path, source);
    }

    private string Text()
    {
        try
        {
            return _reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw Error(Here(), "expected a text of whole characters, found an escape \\u that is half of a pair; write the character itself");
        }
    }

    /// <summary>Where the current token starts; lines are counted onwards from the last token.</summary>
    private ConfigSource Here()
    {
        if (_origin.Line == 0) return _origin;
        var start = (int)_reader.TokenStartIndex;
        _newlines += _json[_countedTo..start].Count((byte)'\n');
        _countedTo = start;
        return _origin with { Line = _origin.Line + _newlines };
    }

    /// <summary>The parser's own words without its position and its full stops.</summary>
    private static string Reason(JsonException e)
    {
        var end = e.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return (end < 0 ? e.Message : e.Message[..end]).TrimEnd('.').Replace(". ", ", ", StringComparison.Ordinal);
    }

    private static ConfigException Error(ConfigSource source, string message) => new([new(source, "", message)]);
}
