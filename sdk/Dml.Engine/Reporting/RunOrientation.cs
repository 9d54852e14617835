using Dml.Engine.Config;
using Dml.Engine.Images;
using Dml.Engine.Runs;
using Dml.Engine.Sessions;

namespace Dml.Engine.Reporting;

/// <summary>What a run did with the orientation that image files note, so that people see what the model saw.</summary>
internal static class RunOrientation
{
    /// <summary>The action of the run's config; ignoring it where the config says nothing.</summary>
    /// <param name="run">The run.</param>
    public static OrientationAction Of(RunFolder run) =>
        Enum.TryParse<OrientationAction>(ConfigFile.Load(run.Config)[HostSections.Images]?["exifOrientation"]?.Text, ignoreCase: true, out var action)
            ? action
            : OrientationAction.Ignore;
}
