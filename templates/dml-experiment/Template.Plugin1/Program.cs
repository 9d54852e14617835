using Dml;
using Template.Plugin1;

try
{
    if (args.Length == 0) throw new DmlException("Expected the folders of runs, found none; name one or more.");
    File.WriteAllLines("results.csv", [Template_Plugin1Experiment.Header, .. args.SelectMany(run => Template_Plugin1Experiment.Measure(run))]);
    return 0;
}
catch (DmlException error)
{
    Console.Error.WriteLine(error.Message);
    return 1;
}
