namespace Dml.Engine;

/// <summary>A plugin file that could not be loaded; the other plugins are loaded all the same.</summary>
/// <param name="File">The DLL, or the folder in which none was found.</param>
/// <param name="Message">One sentence: file, what was expected, what was found, what to do.</param>
public sealed record PluginFailure(string File, string Message);
