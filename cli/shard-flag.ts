// The flag --shard, of commands that are about one cluster of a lab. PURE. Not here: which clusters a lab has
// (src/lab/lifecycle/choose-shard.ts).
import * as Flags from '@oclif/core/flags'
import {shellWord} from '../src/model/shell-word.ts'

export const shardFlag = {
  shard: Flags.string({
    description: 'which cluster of a lab that has several: s1, s2 …',
    helpValue: '<name>',
    helpGroup: 'GLOBAL',
  }),
}

/** The command line as it was given, but for that shard; null: for none. `lab`: to be named where it was not. */
export function forShard(
  command: string,
  argv: readonly string[],
  {shard, lab}: {readonly shard: string | null; readonly lab: string | null},
): string {
  const rest = argv.filter((word, index) => !/^--shard(=|$)/.test(word) && argv[index - 1] !== '--shard')
  const names = (flag: string, value: string | null): readonly string[] => (value === null ? [] : [flag, value])
  const isNamed = rest.some(word => /^--lab(=|$)/.test(word))
  const words = [...names('--shard', shard), ...names('--lab', isNamed ? null : lab), ...rest]
  return ['hl', command, ...words.map(shellWord)].join(' ')
}
