// What a document leaves open in a command, filled so that oclif can parse it. Pure. Not here: finding commands
// (src/runbooks/commands-in.ts).
import type {Interfaces} from '@oclif/core'

/** A placeholder (`<name>`) as the value of a flag with fixed choices becomes the first choice. */
export function fillPlaceholders(words: readonly string[], flags: Interfaces.FlagInput): readonly string[] {
  return words.map((word, index) => {
    const flag = flags[words[index - 1]?.replace(/^--/, '') ?? '']
    const choices = flag?.type === 'option' ? flag.options : undefined
    return /^<[\w-]+>$/.test(word) ? (choices?.[0] ?? word) : word
  })
}
