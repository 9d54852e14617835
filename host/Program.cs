using Dml.Host.Commands;

return await CommandLine.RunAsync(args);
