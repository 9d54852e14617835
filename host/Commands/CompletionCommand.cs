using System.CommandLine;

namespace Dml.Host.Commands;

/// <summary>dml completion: what a shell needs to complete commands and options.</summary>
internal static class CompletionCommand
{
    private const string Bash = """
        _dml_complete() {
            local IFS=$'\n'
            COMPREPLY=($(compgen -W "$(dml "[suggest:$COMP_POINT]" "$COMP_LINE" 2> /dev/null)" -- "${COMP_WORDS[COMP_CWORD]}"))
        }
        complete -o default -F _dml_complete dml
        """;

    private const string Zsh = """
        _dml_complete() {
            local words=("${(@f)$(dml "[suggest:$CURSOR]" "$BUFFER" 2> /dev/null)}")
            if [[ -n "${words[1]}" ]]; then compadd -- "${words[@]}"; fi
            _files
        }
        compdef _dml_complete dml
        """;

    private const string Fish = """
        complete -c dml -a '(dml "[suggest:"(commandline -C)"]" (commandline -p) 2> /dev/null)'
        """;

    public static Command Create()
    {
        var command = new Command("completion", "Prints what makes a shell complete commands and options: `source <(dml completion bash)`.");
        var shell = new Argument<string>("SHELL") { Description = "bash, zsh or fish." };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        command.Arguments.Add(shell);
        command.SetAction((arguments, cancellation) => Task.FromResult(CommandRunner.Run(
            (_, _) => Console.WriteLine(arguments.GetValue(shell) switch { "zsh" => Zsh, "fish" => Fish, _ => Bash }), cancellation)));
        return command;
    }
}
