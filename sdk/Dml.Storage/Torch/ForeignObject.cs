namespace Dml.Storage.Torch;

/// <summary>
/// Stands for an object of Python that is not on the list of <see cref="PickleGlobals"/>: a class or function that the pickle names, or
/// whatever it would have made by calling one. It has a name and nothing else; what the pickle does with it is read and dropped.
/// </summary>
/// <param name="Name">Module and name in Python, short and printable.</param>
internal sealed record ForeignObject(string Name)
{
    /// <summary>The object in the words of messages.</summary>
    public string Words => "the Python object " + Name;
}
