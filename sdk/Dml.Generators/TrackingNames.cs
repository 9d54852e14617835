namespace Dml.Generators;

/// <summary>Names of the pipeline's steps, by which tests see that they are cached.</summary>
internal static class TrackingNames
{
    public const string Plugins = nameof(Plugins);
    public const string MarkedOptions = nameof(MarkedOptions);
    public const string OptionsRecords = nameof(OptionsRecords);
    public const string AssemblyName = nameof(AssemblyName);
    public const string Registration = nameof(Registration);

    public static readonly string[] All = [Plugins, MarkedOptions, OptionsRecords, AssemblyName, Registration];
}
