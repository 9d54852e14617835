using System.Globalization;
using System.Text.Json;
using Dml.Configuration;
using Dml.Numerics;
using Dml.Storage;
using static TorchSharp.torch;

namespace Dml.Engine.Features;

/// <summary>The columns of a features file beside its features: numbers, or texts as an array, in the metadata, or in a JSON file beside it.</summary>
/// <param name="file">The arrays.</param>
/// <param name="path">Where they are.</param>
internal sealed class FeatureColumns(FeatureArrays file, string path)
{
    /// <summary>The arrays.</summary>
    public FeatureArrays Arrays => file;

    /// <summary>Where they are.</summary>
    public string Path => path;

    /// <summary>Whether there is an array of that name, of numbers or of texts, readable or not.</summary>
    public bool Has(string name) => file.Has(name);

    /// <summary>The sentence about an array that is missing: what was found, and what it may have been called.</summary>
    /// <param name="expected">What was expected.</param>
    /// <param name="name">The name that is missing.</param>
    public DmlException Missing(string expected, string name)
    {
        string[] found = [.. file.Names.Order(StringComparer.Ordinal)];
        var nearest = Nearest(name);
        return new($"{path}: expected {expected}, found {(found.Length == 0 ? "no array" : string.Join(", ", found))}; "
            + (nearest is null ? $"name the array \"{name}\"." : $"rename \"{nearest}\" to \"{name}\" if that is meant."));
    }

    /// <summary>The array whose name is so near to another one, case aside, that it may be misspelt; null for none.</summary>
    /// <param name="name">The name that is wanted.</param>
    public string? Nearest(string name)
    {
        string[] others = [.. file.Names.Where(n => !FeatureNames.All.Contains(n)).Order(StringComparer.Ordinal)];
        return Array.Find(others, n => string.Equals(n, name, StringComparison.OrdinalIgnoreCase)) ?? NearestName.Find(name, others);
    }

    /// <summary>Integers; null where the column is one of texts or is missing.</summary>
    /// <param name="name">The column.</param>
    /// <param name="count">Values that it must have.</param>
    /// <exception cref="DmlException">It is of another dtype or length.</exception>
    public long[]? Numbers(string name, long count)
    {
        if (file.Unread(name) is { } problem) throw problem;
        if (!file.Entries.TryGetValue(name, out var form)) return null;
        if (form.Dtype is not (ScalarType.Int64 or ScalarType.Int32 or ScalarType.Int16 or ScalarType.Int8 or ScalarType.Byte))
        {
            throw new DmlException($"{path}: expected \"{name}\" as integers or texts, found {form.Dtype}; convert it.");
        }

        RequireCount(name, count, form.Shape.Count == 1 ? form.Shape[0] : -1, form);
        using var scope = NewDisposeScope();
        return file.Load(name).to(int64).Values<long>();
    }

    /// <summary>Texts, or integers as texts; null where the column is missing.</summary>
    /// <param name="name">The column.</param>
    /// <param name="count">Values that it must have; null for any number.</param>
    /// <exception cref="DmlException">It has another length, or is neither.</exception>
    public IReadOnlyList<string>? Texts(string name, long? count)
    {
        if (file.Unread(name) is { } problem) throw problem;
        if (file.Entries.TryGetValue(name, out var form))
        {
            return [.. Numbers(name, count ?? (form.Shape.Count == 1 ? form.Shape[0] : 0))!.Select(n => n.ToString(CultureInfo.InvariantCulture))];
        }

        var texts = file.TextNames.Contains(name) ? file.Texts(name) : Json(name);
        if (texts is not null && count is { } wanted && texts.Count != wanted)
        {
            throw new DmlException($"{path}: expected {wanted} {name}, found {texts.Count}; give one for each sample.");
        }

        return texts;
    }

    /// <summary>A JSON list of the metadata, or of a file beside the arrays; null where there is none.</summary>
    private IReadOnlyList<string>? Json(string name)
    {
        var metadata = file.Metadata.TryGetValue(name, out var text);
        var folder = Directory.Exists(path);
        var source = metadata ? path : folder ? System.IO.Path.Combine(path, name + ".json") : path + FeatureArrays.IdsSuffix;
        if (!metadata && !File.Exists(source)) return null;
        try
        {
            var texts = metadata ? JsonSerializer.Deserialize(text!, FeatureJson.Default.IReadOnlyListString)
                : folder ? JsonSerializer.Deserialize(InputFile.ReadText(source), FeatureJson.Default.IReadOnlyListString)
                : JsonSerializer.Deserialize(InputFile.ReadText(source), FeatureJson.Default.DictionaryStringIReadOnlyListString)?.GetValueOrDefault(name);
            return texts?.Contains(null!) == true ? throw new JsonException() : texts;
        }
        catch (JsonException error)
        {
            throw new DmlException($"{source}: expected {name} as a JSON list of texts, found something else; correct it or leave it out.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DmlException($"Expected to read {source}, but the system refused ({error.Message.TrimEnd('.')}); check its permissions.", error);
        }
    }

    private void RequireCount(string name, long count, long found, TensorForm form)
    {
        if (found == count) return;
        throw new DmlException($"{path}: expected \"{name}\" with {count} values, one for each sample, found shape ({string.Join(", ", form.Shape)}).");
    }
}
