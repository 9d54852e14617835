using Dml.Host.Commands;
using Dml.Host.Terminal;

StandardStreams.Guard();
return StandardStreams.Finish(await CommandLine.RunAsync(args, TerminationSignals.OfProcess));
