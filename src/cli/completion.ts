import { requireWords, UsageError, type Command, type Options } from './command.ts';

type Commands = Readonly<Record<string, Command>>;

/** What may follow the words so far: the rest of a command's name, or its options and their values. */
function candidates(commands: Commands, everywhere: Options, words: readonly string[]): string[] {
  const names = Object.keys(commands);
  const [first = '', second = ''] = words;
  const name = names.includes(`${first} ${second}`) ? `${first} ${second}` : first;
  const command = commands[name];
  if (words.length === 0) return [...new Set(names.map((known) => known.split(' ')[0] ?? ''))];
  const inside = names.flatMap((known) =>
    known.startsWith(`${first} `) ? [known.split(' ')[1] ?? ''] : [],
  );
  if (words.length === 1 && inside.length > 0) return inside;
  if (command === undefined) return [];
  const options = { ...everywhere, ...command.options };
  const last = options[(words.at(-1) ?? '').replace(/^--/, '')];
  if (words.at(-1)?.startsWith('--') === true && last?.type === 'string')
    return [...(last.choices ?? [])];
  return Object.keys(options).map((option) => `--${option}`);
}

// Each shell asks the program itself, so that what it offers is what there is.
const scripts: Readonly<Record<string, string>> = {
  bash: `_credit_ledger() {
  local words=("\${COMP_WORDS[@]:1:COMP_CWORD-1}")
  COMPREPLY=($(compgen -W "$(credit-ledger completion words -- "\${words[@]}" 2>/dev/null)" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _credit_ledger credit-ledger
`,
  // Zsh runs the file itself where it finds it by its name, and else the function that it defines.
  zsh: `#compdef credit-ledger
_credit_ledger() {
  local -a offers
  offers=(\${(f)"$(credit-ledger completion words -- "\${(@)words[2,CURRENT-1]}" 2>/dev/null)"})
  (( $#offers )) && compadd -a offers || _files
}
if [[ $funcstack[1] == _credit-ledger ]]; then _credit_ledger "$@"; else compdef _credit_ledger credit-ledger; fi
`,
  fish: `function __credit_ledger_offers
  set -l given (commandline -opc)
  set -l begun (commandline -ct)
  set -l offers (credit-ledger completion words -- $given[2..] 2>/dev/null | string match -- "$begun*")
  if set -q offers[1]
    printf '%s\\n' $offers
  else
    __fish_complete_path $begun
  end
end
complete -c credit-ledger -f -a '(__credit_ledger_offers)'
`,
};

/** Makes the command that writes what a shell needs to complete all the others. */
export function completionOf(commands: () => Commands, everywhere: Options): Command {
  return {
    summary: 'Write what a shell needs to complete commands and options',
    usage: 'bash|zsh|fish',
    options: {},
    examples: [
      ['source <(credit-ledger completion bash)', 'in ~/.bashrc'],
      ['credit-ledger completion zsh > "${fpath[1]}/_credit-ledger"', ''],
      ['credit-ledger completion fish > ~/.config/fish/completions/credit-ledger.fish', ''],
    ],
    run: (given, { out }) => {
      const [shell = '', ...words] = given.positionals;
      if (shell === 'words') {
        out(`${candidates(commands(), everywhere, words).join('\n')}\n`);
        return Promise.resolve(0);
      }
      const script = scripts[shell];
      if (script === undefined) throw new UsageError('needed: bash, zsh or fish');
      requireWords(given, 'shell');
      out(script);
      return Promise.resolve(0);
    },
  };
}
