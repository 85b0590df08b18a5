// PURE: what a person says of groups, weights and loads, as values. USAGE or MOVE_INVALID for anything else. Not here:
// what is planned from them.
import {hint} from '../model/command-hint.ts'
import {HlError, messageOf} from '../model/errors.ts'
import {groupOf, slotOf, type KeyType} from '../shards/index.ts'

const groupCount = 64

/** `3`, `3,4`, `17-20`: ascending. MOVE_INVALID for what is no group, or is named twice. */
export function groupsFrom(text: string): readonly number[] {
  const groups = text.split(',').flatMap(part => {
    const match = /^\s*(\d{1,2})(?:-(\d{1,2}))?\s*$/.exec(part)
    const [from, to] = [Number(match?.[1]), Number(match?.[2] ?? match?.[1])]
    if (match === null || from > to || to >= groupCount)
      throw invalid(`"${part.trim()}" is no slot group: those are 0 to ${groupCount - 1}, like 3,4 or 17-20`)
    return Array.from({length: to - from + 1}, (_, index) => from + index)
  })
  const twice = groups.find((group, index) => groups.indexOf(group) !== index)
  if (twice !== undefined) throw invalid(`group ${twice} is named twice`)
  return [...groups].sort((one, other) => one - other)
}

/** `s1=2`, each shard once. USAGE. */
export function weightsFrom(words: readonly string[]): Readonly<Record<string, number>> {
  return Object.fromEntries(pairs(words, '--weight', /^([a-z][a-z0-9]*)=(\d+(?:\.\d+)?)$/, 's1=2'))
}

/** `17=120`: statements per second of a group, each once. USAGE. */
export function loadsFrom(words: readonly string[]): ReadonlyMap<number, number> {
  const found = pairs(words, '--load', /^([0-9]|[1-5][0-9]|6[0-3])=(\d+(?:\.\d+)?)$/, '17=120')
  return new Map(found.map(([group, load]) => [Number(group), load]))
}

function pairs(
  words: readonly string[],
  flag: string,
  form: RegExp,
  example: string,
): readonly (readonly [string, number])[] {
  const found = words.map(word => {
    const match = form.exec(word)
    if (match?.[1] === undefined)
      throw new HlError('USAGE', `${flag} ${word} is not like ${example}`, {next: [`for example: ${flag} ${example}`]})
    return [match[1], Number(match[2])] as const
  })
  const twice = found.find(([name], index) => found.findIndex(([other]) => other === name) !== index)
  if (twice === undefined) return found
  throw new HlError('USAGE', `${flag} says two things of ${twice[0]}`, {next: ['give it once']})
}

/** Exactly one of the two flags. USAGE. */
export function oneOf({group, key}: {readonly group?: number | undefined; readonly key?: string | undefined}): {
  readonly group: number | null
  readonly key: string | null
} {
  if ((group === undefined) !== (key === undefined)) return {group: group ?? null, key: key ?? null}
  throw new HlError('USAGE', `${group === undefined ? 'neither' : 'both'} of --group and --key are given`, {
    next: ['name the group, or a key that is in it'],
  })
}

/** The group of a user's key. MOVE_INVALID for what is no key of that type. */
export function groupOfKey(type: KeyType, key: string): number {
  try {
    return groupOf(slotOf(type, key))
  } catch (error) {
    throw invalid(messageOf(error))
  }
}

const invalid = (message: string): HlError =>
  new HlError('MOVE_INVALID', `${message}; nothing was changed`, {
    next: [
      hint('shards sizes', {why: 'shows which groups are hot'}),
      hint('shards list', {why: 'shows who owns them'}),
    ],
  })
