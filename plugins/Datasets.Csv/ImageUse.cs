namespace Dml.Plugins;

/// <summary>What an image of the table is for.</summary>
internal enum ImageUse
{
    Training,

    /// <summary>A test image in a table without roles: looked up among the others.</summary>
    Test,

    Query,
    Gallery,
}
