namespace Dml.Engine.Plugins;

/// <summary>A package of plugins in the user's plugin folder; <c>package.json</c> in its folder.</summary>
/// <param name="Package">The package's name.</param>
/// <param name="Version">Its version.</param>
/// <param name="Sha256">SHA-256 of the .nupkg file.</param>
internal sealed record InstalledPackage(string Package, string Version, string Sha256)
{
    public override string ToString() => $"{Package} {Version}";
}
