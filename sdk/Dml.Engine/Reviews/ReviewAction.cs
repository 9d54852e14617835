using System.Text.Json.Serialization;

namespace Dml.Engine;

/// <summary>What a person decides about a training sample.</summary>
public enum ReviewAction
{
    /// <summary>Its label is wrong, and the suggested one is right.</summary>
    [JsonStringEnumMemberName("accept")]
    Accept,

    /// <summary>Its label is wrong, and another one that is named is right.</summary>
    [JsonStringEnumMemberName("relabel")]
    Relabel,

    /// <summary>Its label is right.</summary>
    [JsonStringEnumMemberName("keep")]
    Keep,

    /// <summary>It is to be left out of the training.</summary>
    [JsonStringEnumMemberName("exclude")]
    Exclude,

    /// <summary>It was looked at and nothing was decided.</summary>
    [JsonStringEnumMemberName("skip")]
    Skip,
}
