namespace Dml.Storage.Torch;

/// <summary>Values of a pickle in the words of messages.</summary>
internal static class PickleWords
{
    /// <summary>What kind of value it is.</summary>
    public static string Describe(object? value) => value switch
    {
        null => "nothing",
        PickleGlobal global => global.Name,
        ForeignObject foreign => foreign.Words,
        PickleDictionary => "a dictionary",
        List<object?> => "a list",
        object?[] => "a tuple",
        TorchTensor => "a tensor",
        TorchStorage => "a storage",
        string => "a text",
        byte[] => "bytes",
        _ => "a number",
    };

    /// <summary>A name of the file, short and printable.</summary>
    public static string Shown(string name) => new([.. name.Take(100).Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c)]);
}
