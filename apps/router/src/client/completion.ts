import type { Command } from "commander";

export const SHELLS = ["bash", "zsh", "fish"] as const;

/** The script that completes commands and options in a shell, from the tree of commands. */
export function completion(shell: (typeof SHELLS)[number], program: Command): string {
  const commands = program.commands.map((command) => ({
    name: command.name(),
    description: command.description(),
    options: command.options
      .filter(({ hidden }) => !hidden)
      .map(({ long, description, argChoices }) => ({
        long: long ?? "",
        description,
        choices: argChoices ?? [],
      })),
    choices: command.registeredArguments[0]?.argChoices ?? [],
  }));
  return SCRIPTS[shell](commands);
}

interface Completed {
  readonly name: string;
  readonly description: string;
  readonly options: ReadonlyArray<{
    readonly long: string;
    readonly description: string;
    readonly choices: readonly string[];
  }>;
  /** What the first argument may be. */
  readonly choices: readonly string[];
}

const SCRIPTS: Readonly<Record<(typeof SHELLS)[number], (commands: readonly Completed[]) => string>> = {
  bash: (commands) => `# kreuz: completion for bash. Use it with: source <(kreuz completion bash)
_kreuz() {
  local word="\${COMP_WORDS[COMP_CWORD]}" words=""
  if [ "$COMP_CWORD" -eq 1 ]; then
    words="${commands.map(({ name }) => name).join(" ")}"
  else
    case "\${COMP_WORDS[1]}" in
${commands.map((command) => `      ${command.name}) words="${wordsOf(command)}" ;;`).join("\n")}
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$word"))
  [ "\${#COMPREPLY[@]}" -gt 0 ] || COMPREPLY=($(compgen -f -- "$word"))
}
complete -F _kreuz kreuz
`,
  zsh: (commands) => `#compdef kreuz
# kreuz: completion for zsh. Use it with: source <(kreuz completion zsh)
_kreuz() {
  if (( CURRENT == 2 )); then
    local -a commands=(${commands.map(({ name, description }) => `'${name}:${quoted(description)}'`).join(" ")})
    _describe command commands
    return
  fi
  case "\${words[2]}" in
${commands.map((command) => `    ${command.name}) compadd -- ${wordsOf(command)} ;;`).join("\n")}
  esac
  _files
}
compdef _kreuz kreuz
`,
  fish: (commands) => `# kreuz: completion for fish. Use it with: kreuz completion fish | source
complete -c kreuz -e
${commands
  .flatMap(({ name, description, options, choices }) => [
    `complete -c kreuz -n __fish_use_subcommand -a ${name} -d '${quoted(description)}'`,
    ...(choices.length > 0
      ? [`complete -c kreuz -n '__fish_seen_subcommand_from ${name}' -a '${choices.join(" ")}'`]
      : []),
    ...options.map(
      (option) =>
        `complete -c kreuz -n '__fish_seen_subcommand_from ${name}' -l ${option.long.slice(2)} -d '${quoted(option.description)}'` +
        (option.choices.length > 0 ? ` -xa '${option.choices.join(" ")}'` : ""),
    ),
  ])
  .join("\n")}
`,
};

function wordsOf({ choices, options }: Completed): string {
  return [...choices, ...options.map(({ long }) => long)].join(" ");
}

/** Descriptions stand in single quotes, and after a colon in zsh. */
function quoted(text: string): string {
  return text.replaceAll("'", "’").replaceAll(":", ",");
}
