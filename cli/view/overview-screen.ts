// What `hl` says without arguments: every command in one terminal page. PURE. Invariant: made from the commands' own
// metadata, so that a new command is there by itself.
import type {Command} from '@oclif/core/command'
import type {Config} from '@oclif/core/config'

/** Where somebody begins who has never used hl; a test parses each. */
const firstSteps = [
  ['hl doctor', 'check this machine'],
  ['hl up', 'start three nodes with Patroni and etcd'],
  ['hl failover primary-crash', 'kill the primary, measure RTO and lost writes'],
  ['hl drill dropped-table', 'drop a table, restore to just before it'],
] as const

/** What one wants to do, and the words for it; a word that is nowhere here is shown under the last. */
const wants: readonly (readonly [string, readonly string[]])[] = [
  ['Have a lab', ['doctor', 'up', 'status', 'logs', 'metrics', 'psql', 'down', 'completion']],
  ['Break it, and read what it cost', ['failover', 'scenarios', 'faults', 'switchover', 'runs', 'slo', 'runbooks']],
  ['Bring data back', ['drill', 'backups', 'restore', 'copy', 'nodes']],
  ['Route and shard', ['router', 'shards', 'tx', 'migrations']],
]
const otherwise = 'And more'
/** By the last line. */
const saidOtherwise: ReadonlySet<string> = new Set(['help'])

const exitCodes = `Exit codes   0 pass or done   1 verdict fail   2 wrong usage   3 verdict unknown
             4 not ready or not kept: the error says why   70 bug in hl   130 interrupted, faults healed
`

type Listed = Pick<Command.Loadable, 'id' | 'summary' | 'description' | 'hidden'>

/** All visible commands by their first word, with the verbs of a topic. */
export function overviewScreen({
  commands,
  topics,
}: Pick<Config, 'topics'> & {readonly commands: readonly Listed[]}): string {
  const all = commands.filter(({hidden}) => !hidden).map(({id}) => id.split(':')[0] ?? id)
  const words = [...new Set(all)].filter(word => !saidOtherwise.has(word)).toSorted()
  const column = Math.max(...words.map(word => word.length)) + 2
  const lineOf = (word: string): string => {
    const verbs = commands
      .filter(({id, hidden}) => !hidden && id.startsWith(`${word}:`))
      .map(({id}) => id.split(':')[1])
    const command = commands.find(({id}) => id === word)
    const own = command?.summary ?? command?.description
    const text = verbs.length === 0 ? own : (topics.find(({name}) => name === word)?.description ?? own)
    return `  ${word.padEnd(column)}${firstClause(text ?? '')}`
  }
  const placed = new Set(wants.flatMap(([, names]) => names))
  const described = [...wants, [otherwise, words.filter(word => !placed.has(word))] as const].flatMap(
    ([want, names]) => {
      const there = names.filter(name => words.includes(name))
      return there.length === 0 ? [] : [want, ...there.map(lineOf)]
    },
  )
  return [
    'hl - a lab for breaking and mending PostgreSQL clusters',
    ...firstSteps.map(([command, what]) => `  ${command.padEnd(42)}${what}`),
    '',
    ...described,
    '',
    'hl <command> --help says more.',
    exitCodes,
  ].join('\n')
}

/** A line has room for one clause: what follows a semicolon, or stands in brackets, is on the command's own page. */
function firstClause(text: string): string {
  // oclif's own commands name the program by a template.
  const named = text.replaceAll('<%= config.bin %>', 'hl')
  return (named.split(/;| \(/)[0] ?? '').trim()
}
