namespace Dml;

/// <summary>
/// Marks a class as a plugin. The kind follows from the contract that the class implements; the source generator writes the
/// config binder of its options record, the option schema and the registration.
/// </summary>
/// <param name="name">The name in configs: lower case letters, digits and single hyphens, unique among the loaded plugins.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class PluginAttribute(string name) : Attribute
{
    /// <summary>The name in configs.</summary>
    public string Name { get; } = name;
}

/// <summary>Marks a record whose config binder and schema are generated although it is no plugin's options record.</summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class OptionsAttribute : Attribute;

/// <summary>The closed range of a numeric option, of a <see cref="TimeSpan"/> in seconds, or of each of these in an option of several.</summary>
/// <param name="minimum">The least value allowed.</param>
/// <param name="maximum">The greatest value allowed; infinity for none.</param>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed class RangeAttribute(double minimum, double maximum) : Attribute
{
    /// <summary>The least value allowed.</summary>
    public double Minimum { get; } = minimum;

    /// <summary>The greatest value allowed.</summary>
    public double Maximum { get; } = maximum;
}

/// <summary>
/// Marks a text option, or one of several texts, as paths of files or folders: the plugin gets each as an absolute path, a relative one taken from the
/// folder that the dataset's paths start at, which is that of the config file where <c>baseFolder</c> names no other. An empty text stays empty. The
/// run's config keeps what was given.
/// </summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed class OptionPathAttribute : Attribute;

/// <summary>Marks a type that the host hands to a plugin's constructor beside its options, such as <see cref="LossShape"/>.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Interface)]
public sealed class PluginServiceAttribute : Attribute;

/// <summary>Written by the generator: names the type that describes an assembly's plugins.</summary>
/// <param name="type">An <see cref="IPluginRegistration"/> with a public constructor without parameters.</param>
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class PluginEntryPointAttribute(Type type) : Attribute
{
    /// <summary>The registration type.</summary>
    public Type Type { get; } = type;
}
