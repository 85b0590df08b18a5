// Completion for fish: a script, made from the words, with what each says. PURE. Invariants: those of the script for
// bash. Not here: which words there are (completion-words.ts).
import {clusterLabel, labLabel, roleLabel, serviceLabel} from '../../src/lab/lifecycle/lab-description.ts'
import {fields} from '../../src/config/fields.ts'
import {grouped, type CompletionWords} from './completion-words.ts'

const quoted = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`

/** Wide enough for a line of a list, and no more. */
const saysMax = 80

/** A candidate with what it says, as fish reads it: by a tab. */
function told(word: string, says: string): string {
  const [first = ''] = says.replaceAll('<%= config.bin %>', 'hl').split(/;|\n/)
  return `${quoted(word)}\\t${quoted(first.slice(0, saysMax))}`
}

/** `switch` of a function that echoes words, a line each; fails for all others. */
function switchOf(found: ReadonlyMap<string, readonly string[]>): string {
  const lines = [...found].map(
    ([said, patterns]) => `        case ${patterns.map(quoted).join(' ')}\n            ${said}`,
  )
  return ['    switch "$argv[1]"', ...lines, "        case '*'\n            return 1", '    end'].join('\n')
}

const echo = (words: readonly string[]): string =>
  words.length === 0 ? 'true' : `printf '%s\\n' ${words.map(quoted).join(' ')}`

const echoTold = (words: readonly {readonly word: string; readonly says: string}[]): string =>
  `printf '%s\\n' ${words.map(({word, says}) => told(word, says)).join(' ')}`

function wordFunctions({commands, next}: CompletionWords): string {
  const functionOf = (name: string, found: readonly (readonly [string, string])[]): string =>
    `function ${name}\n${switchOf(grouped(found))}\nend`
  return [
    functionOf(
      '__hl_next',
      [...next].map(([path, words]) => [path, echoTold(words)]),
    ),
    functionOf(
      '__hl_flags',
      commands.map(({path, flags}) => [path, echoTold(flags.map(({names: [word = ''], says}) => ({word, says})))]),
    ),
    functionOf(
      '__hl_takes',
      commands.flatMap(({path, flags}) =>
        flags.flatMap(({names, takes}) =>
          takes === null ? [] : names.map(name => [`${path} ${name}`, echo(takes)] as const),
        ),
      ),
    ),
    functionOf(
      '__hl_argument',
      commands.flatMap(({path, args}) =>
        args.flatMap((value, place) => (value.length === 0 ? [] : [[`${path} ${place}`, echo(value)] as const])),
      ),
    ),
  ].join('\n\n')
}

const asking = `# Of containers with a label: another label of theirs; the third is one more that they have.
function __hl_docker
    set -l more
    set -q argv[3]; and set more --filter label=$argv[3]
    docker ps --all --filter label=$argv[1] $more --format "{{.Label \\"$argv[2]\\"}}" 2>/dev/null | sort -u
end

# The words after the lab: as they are, or the names that they stand for.
function __hl_offer
    set -l lab $argv[1]
    for word in $argv[2..]
        switch "$word"
            case '<labs>'
                __hl_docker ${labLabel} ${labLabel}
            case '<nodes>'
                __hl_docker ${labLabel}=$lab ${serviceLabel} ${roleLabel}=postgres
            case '<services>'
                __hl_docker ${labLabel}=$lab ${serviceLabel}
            case '<shards>'
                __hl_docker ${labLabel}=$lab ${clusterLabel}
            case '<runs>'
                set -l runs ${fields.runs.default}
                set -q ${fields.runs.env}; and set runs $${fields.runs.env}
                ls -1 $runs 2>/dev/null
            case '<files>'
                __fish_complete_path (commandline -ct)
            case '*'
                echo $word
        end
    end
end`

const completing = `function __hl_complete
    set -l path ''
    set -l prev ''
    set -l lab ${fields.lab.default}
    set -q ${fields.lab.env}; and set lab $${fields.lab.env}
    set -l given 0
    for word in (commandline -opc)[2..]
        if __hl_takes "$path $prev" >/dev/null
            test "$prev" = --lab; and set lab $word
            set prev ''
            continue
        end
        if contains -- $word (__hl_next "$path" | string replace -r '\\t.*' '')
            set path (string trim -- "$path $word")
        else if not string match -q -- '-*' $word
            set given (math $given + 1)
        end
        set prev $word
    end
    if __hl_takes "$path $prev" >/dev/null
        __hl_offer $lab (__hl_takes "$path $prev")
    else if string match -q -- '-*' (commandline -ct)
        __hl_flags "$path"
    else
        __hl_next "$path"
        __hl_offer $lab (__hl_argument "$path $given")
    end
end

complete -c hl -f -a '(__hl_complete)'`

export function fishCompletion(words: CompletionWords): string {
  const head = '# Completion of hl for fish, made by: hl completion fish'
  return [head, wordFunctions(words), asking, completing].join('\n\n')
}
