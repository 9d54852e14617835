namespace Dml.Plugins;

/// <summary>How tokens become features.</summary>
public enum VitPooling
{
    /// <summary>The class token after the last norm.</summary>
    Class,

    /// <summary>The mean of the patches after the last norm; class token and registers are left out.</summary>
    Mean,
}
