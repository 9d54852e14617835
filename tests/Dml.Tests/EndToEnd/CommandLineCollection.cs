namespace Dml.Tests.EndToEnd;

/// <summary>Tests that run commands in this process and catch what they print: one at a time, nothing beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class CommandLineCollection
{
    public const string Name = "command line";
}
