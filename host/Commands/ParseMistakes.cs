using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json;
using Dml.Configuration;

namespace Dml.Host.Commands;

/// <summary>What is wrong with a command line, one sentence a mistake; names no types, and suggests the name that was perhaps meant.</summary>
internal static class ParseMistakes
{
    /// <summary>The sentences.</summary>
    /// <param name="parsed">A command line with errors.</param>
    public static IReadOnlyList<string> Of(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        if (SwallowedOption(parsed) is { } swallowed) return [Unknown($"option of {Called(command)}", swallowed, [.. command.Options.Select(o => o.Name)])];
        if (parsed.UnmatchedTokens is [var token, ..])
        {
            // What follows an unknown name belongs to it, so it is no mistake of its own.
            if (command is RootCommand && !IsOption(token)) return [Unknown("command", token, [.. command.Subcommands.Select(c => c.Name)])];
            if (IsOption(token)) return [Unknown($"option of {Called(command)}", token, [.. command.Options.Select(o => o.Name)])];
        }

        return [.. parsed.Errors.Select(e => Value(e.SymbolResult) ?? e.Message).Distinct()];
    }

    /// <summary>
    /// A name like an option's that was taken for the value of an argument, since no option is called so; null where there is none. What follows
    /// <c>--</c> is a value whatever it begins with, and so is a file of that name.
    /// </summary>
    /// <param name="parsed">A command line.</param>
    public static string? SwallowedOption(ParseResult parsed) =>
        parsed.Tokens.Any(token => token.Type == TokenType.DoubleDash) ? null
            : parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(argument => argument.Tokens).Select(token => token.Value)
                .FirstOrDefault(value => value.StartsWith("--", StringComparison.Ordinal) && !Path.Exists(value));

    /// <summary>The command as it is called.</summary>
    public static string Called(Command command) =>
        command is RootCommand ? "dml" : $"{(command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? Called(parent) : "dml")} {command.Name}";

    private static bool IsOption(string token) => token.StartsWith('-');

    private static string Unknown(string what, string token, IReadOnlyCollection<string> names) => NearestName.Find(token, names) is { } near
        ? $"unknown {what} \"{token}\"; did you mean \"{near}\"?"
        : $"unknown {what} \"{token}\".";

    /// <summary>Of an option whose value is no number, or none of its words, the sentence that says so; else null.</summary>
    private static string? Value(SymbolResult? result)
    {
        var option = result as OptionResult ?? result?.Parent as OptionResult;
        if (option?.Tokens is not [.., var value]) return null;
        var type = Nullable.GetUnderlyingType(option.Option.ValueType) ?? option.Option.ValueType;
        var expected = type == typeof(int) || type == typeof(long) ? "a whole number" : type == typeof(double) ? "a number"
            : type.IsEnum ? string.Join(" or ", Enum.GetNames(type).Select(JsonNamingPolicy.CamelCase.ConvertName)) : null;
        return expected is null ? null : $"{option.Option.Name}: expected {expected}, found \"{value.Value}\".";
    }
}
