// Completion for bash, and for zsh by its emulation of bash's: a script, made from the words. PURE. Invariants: a word
// costs no start of hl; names of labs and nodes come from the docker client, those of runs from their folder, and none
// of them where that does not answer. Not here: which words there are (completion-words.ts).
import {clusterLabel, labLabel, roleLabel, serviceLabel} from '../../src/lab/lifecycle/lab-description.ts'
import {fields} from '../../src/config/fields.ts'
import {grouped, type CompletionWords} from './completion-words.ts'

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

/** `case` of a function that echoes what it found; `last`: of all others. */
function cases(found: ReadonlyMap<string, readonly string[]>, last = 'return 1'): string {
  const lines = [...found].map(([said, patterns]) => `    ${patterns.map(quoted).join('|')}) echo ${quoted(said)} ;;`)
  return [`  case "$1" in`, ...lines, `    *) ${last} ;;`, '  esac'].join('\n')
}

function wordFunctions({commands, next}: CompletionWords): string {
  const nextOf = grouped([...next].map(([path, words]) => [path, words.map(({word}) => word).join(' ')]))
  const flags = grouped(
    commands.map(({path, flags: all}) => [path, all.flatMap(({names}) => names.slice(0, 1)).join(' ')]),
  )
  const takes = grouped(
    commands.flatMap(({path, flags: all}) =>
      all.flatMap(({names, takes: value}) =>
        value === null ? [] : names.map(name => [`${path} ${name}`, value.join(' ')] as const),
      ),
    ),
  )
  const args = grouped(
    commands.flatMap(({path, args: all}) =>
      all.flatMap((value, place) => (value.length === 0 ? [] : [[`${path} ${place}`, value.join(' ')] as const])),
    ),
  )
  return [
    `# The words that may follow.\n_hl_next() {\n${cases(nextOf)}\n}`,
    `_hl_flags() {\n${cases(flags)}\n}`,
    `# What a flag of a command takes; fails where it takes nothing.\n_hl_takes() {\n${cases(takes)}\n}`,
    `# What an argument may be, by its place.\n_hl_argument() {\n${cases(args)}\n}`,
  ].join('\n\n')
}

const asking = `# Of containers with a label: another label of theirs; $3 is one more that they have.
_hl_docker() {
  docker ps --all --filter "label=$1" \${3:+--filter "label=$3"} --format "{{.Label \\"$2\\"}}" 2>/dev/null | sort -u
}

# Names that only this machine knows; $2 is the lab.
_hl_names() {
  case "$1" in
    '<labs>') _hl_docker ${labLabel} ${labLabel} ;;
    '<nodes>') _hl_docker "${labLabel}=$2" ${serviceLabel} ${roleLabel}=postgres ;;
    '<services>') _hl_docker "${labLabel}=$2" ${serviceLabel} ;;
    '<shards>') _hl_docker "${labLabel}=$2" ${clusterLabel} ;;
    '<runs>') ls -1 "\${${fields.runs.env}:-${fields.runs.default}}" 2>/dev/null ;;
  esac
}`

// Not `path` and `words`: zsh keeps its own in them.
const completing = `# The words after the lab and what is typed: as they are, or what they stand for.
_hl_offer() {
  local lab="$1" cur="$2" word found=''
  shift 2
  for word in "$@"; do
    case "$word" in
      '<files>')
        compopt -o filenames 2>/dev/null
        COMPREPLY+=($(compgen -f -- "$cur"))
        ;;
      '<'*) found="$found $(_hl_names "$word" "$lab" | tr '\\n' ' ')" ;;
      *) found="$found $word" ;;
    esac
  done
  COMPREPLY+=($(compgen -W "$found" -- "$cur"))
}

_hl() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev='' typed='' lab="\${${fields.lab.env}:-${fields.lab.default}}"
  local i=1 given=0 word
  COMPREPLY=()
  while [ "$i" -lt "$COMP_CWORD" ]; do
    word="\${COMP_WORDS[i]}"
    i=$((i + 1))
    if [ "$word" = '=' ]; then continue; fi
    if _hl_takes "$typed $prev" >/dev/null; then
      if [ "$prev" = --lab ]; then lab="$word"; fi
      prev=''
      continue
    fi
    case " $(_hl_next "$typed") " in
      *" $word "*) typed="\${typed:+$typed }$word" ;;
      *) case "$word" in -*) ;; *) given=$((given + 1)) ;; esac ;;
    esac
    prev="$word"
  done
  if [ "$cur" = '=' ]; then cur=''; fi
  if _hl_takes "$typed $prev" >/dev/null; then
    _hl_offer "$lab" "$cur" $(_hl_takes "$typed $prev")
  else
    case "$cur" in
      -*) _hl_offer "$lab" "$cur" $(_hl_flags "$typed") ;;
      *) _hl_offer "$lab" "$cur" $(_hl_next "$typed") $(_hl_argument "$typed $given") ;;
    esac
  fi
}`

function script(head: string, words: CompletionWords): string {
  return [head, wordFunctions(words), asking, completing, 'complete -F _hl hl'].join('\n\n')
}

export function bashCompletion(words: CompletionWords): string {
  return script('# Completion of hl for bash, made by: hl completion bash', words)
}

const zshBegin = `# Completion of hl for zsh, made by: hl completion zsh

autoload -Uz compinit bashcompinit
(( $+functions[compdef] )) || compinit
bashcompinit`

export function zshCompletion(words: CompletionWords): string {
  return script(zshBegin, words)
}
