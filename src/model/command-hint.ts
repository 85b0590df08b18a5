// A command of hl that an error or a warning tells people to type, as an object: so that it names the lab it is about
// and is a command that works. PURE. Not here: the commands themselves (cli/; a test holds this table against them).

import {shellWord} from './shell-word.ts'
import {soleCluster} from './topology.ts'

/** Commands that hints name, with the flags that hints give them. `lab`, `shard`: does it take --lab, --shard? */
export const hintedCommands = {
  'backups create': {lab: true, shard: true, flags: ['from', 'kind', 'content']},
  'backups key': {lab: true, shard: true, flags: []},
  'backups list': {lab: true, shard: true, flags: []},
  'backups prune': {lab: true, shard: true, flags: ['keep-full', 'window', 'confirm']},
  'backups rotate-key': {lab: true, flags: []},
  'backups schedule': {
    lab: true,
    shard: true,
    flags: ['full-every', 'incremental-every', 'verify-every', 'verify-restore-every', 'barrier-every'],
  },
  'backups show': {lab: true, shard: true, flags: []},
  'backups verify': {lab: true, shard: true, flags: ['restore']},
  'copy create': {lab: true, shard: true, flags: ['to', 'before-drop', 'delay']},
  'copy drop': {lab: true, flags: []},
  'copy forward': {lab: true, shard: true, flags: ['to']},
  'copy show': {lab: true, flags: []},
  'copy sql': {lab: true, flags: []},
  'copy table': {lab: true, shard: true, flags: []},
  'doctor': {lab: false, flags: ['fix']},
  'down': {lab: true, flags: ['volumes', 'confirm', 'leftovers', 'force']},
  'drill': {lab: true, flags: ['scenario', 'seed']},
  'failover': {lab: true, shard: true, flags: ['scenario', 'seed', 'repeat', 'sync', 'through']},
  'faults heal': {lab: true, shard: true, flags: ['all']},
  'faults inject': {lab: true, shard: true, flags: ['node', 'from']},
  'faults list': {lab: true, flags: []},
  'logs': {lab: true, shard: true, flags: ['since', 'follow']},
  'metrics serve': {lab: true, flags: []},
  'migrations maintain': {lab: true, flags: []},
  'migrations apply': {lab: true, shard: true, flags: ['folder']},
  'migrations status': {lab: true, shard: true, flags: ['folder']},
  'nodes check': {lab: true, shard: true, flags: []},
  'nodes rebuild': {lab: true, shard: true, flags: ['yes']},
  'psql': {lab: true, shard: true, flags: ['node']},
  'restore': {
    lab: true,
    shard: true,
    flags: [
      'into',
      'in-place',
      'resume',
      'put-back',
      'discard-newer',
      'discard-copy',
      'confirm',
      'to',
      'to-barrier',
      'identity',
      'timeline',
      'backup',
    ],
  },
  'runbooks lint': {lab: false, flags: []},
  'runbooks list': {lab: false, flags: []},
  'runbooks show': {lab: false, flags: []},
  'runs check': {lab: false, flags: []},
  'runs list': {lab: false, flags: []},
  'runs prune': {lab: false, flags: ['keep', 'yes']},
  'runs show': {lab: false, flags: ['format']},
  'scenarios list': {lab: false, flags: []},
  'scenarios show': {lab: false, flags: ['json']},
  'shards abort': {lab: true, flags: ['yes', 'take-over']},
  'shards add': {lab: true, flags: ['yes', 'dry-run', 'empty']},
  'shards barrier': {lab: true, flags: ['hold-ms', 'archived']},
  'shards barriers': {lab: true, flags: []},
  'shards finish': {lab: true, flags: ['yes', 'take-over']},
  'shards list': {lab: true, flags: []},
  'shards map': {lab: true, flags: []},
  'shards plan': {lab: true, flags: ['by', 'weight']},
  'shards rebalance': {lab: true, flags: ['yes', 'by', 'weight']},
  'shards reconcile': {lab: true, flags: ['accept-lost', 'dry-run', 'yes']},
  'shards resume': {lab: true, flags: ['take-over']},
  'shards rollback': {lab: true, flags: ['yes', 'take-over']},
  'shards sizes': {lab: true, flags: []},
  'shards status': {lab: true, flags: ['watch']},
  'shards verify': {lab: true, flags: []},
  'status': {lab: true, shard: true, flags: ['watch', 'check']},
  'switchover': {lab: true, shard: true, flags: ['yes', 'to']},
  'tx list': {lab: true, flags: []},
  'tx resolve': {lab: true, flags: ['commit', 'roll-back', 'dry-run']},
  'up': {
    lab: true,
    flags: [
      'archive',
      'encrypt',
      'no-encrypt',
      'param',
      'port-base',
      'profile',
      'shards',
      'nodes',
      'folder',
      'add-shard',
      'monitoring',
    ],
  },
} as const satisfies Record<string, {readonly lab: boolean; readonly shard?: true; readonly flags: readonly string[]}>
export type HintedCommand = keyof typeof hintedCommands

type FlagOf<C extends HintedCommand> = (typeof hintedCommands)[C]['flags'][number]

export interface HintOptions<C extends HintedCommand> {
  /** Words after the command, quoted for a shell where they need it. */
  readonly args?: readonly string[]
  /** A text or number is the flag's value. */
  readonly flags?: Readonly<Partial<Record<FlagOf<C>, string | number | true>>>
  /** Where it is another lab than the one that the command which failed is about. */
  readonly lab?: string
  /** Where it is about another cluster of the lab than the command which failed, or about one where that was not. */
  readonly shard?: string
  /** What it does, after the command: `shows the cluster now`. */
  readonly why?: string
}

export interface CommandHint {
  readonly command: HintedCommand
  readonly args: readonly string[]
  readonly flags: Readonly<Partial<Record<string, string | number | true>>>
  readonly lab: string | null
  readonly shard: string | null
  readonly why: string
}

/** A next step: a command, or plain words. */
export type NextStep = string | CommandHint

/** The lab of a command that names none. */
const defaultLab = 'lab'
/** The same of `hl drill`, which destroys what it works on: never the lab that people work with. */
export const drillLab = 'drill'

/** Of `hl runbooks rehearse`, which breaks what it works on. */
export const rehearsalLab = 'rehearsal'

/** A command to type next. */
export function hint<C extends HintedCommand>(command: C, options: HintOptions<C> = {}): CommandHint {
  const {args = [], flags = {}, lab = null, shard = null, why = ''} = options
  return {command, args, flags, lab, shard, why}
}

/**
 * As it is typed. `lab`: the one that the failed command was about; absent where it was about none. `shard`: which of
 * its clusters; null where all or the only one.
 */
export function hintText(step: NextStep, lab: string = defaultLab, shard: string | null = null): string {
  if (typeof step === 'string') return step
  const named = step.lab ?? lab
  const about = step.shard ?? (named === lab ? shard : null)
  const {shard: takesShard}: {readonly lab: boolean; readonly shard?: true} = hintedCommands[step.command]
  const own = step.command === 'drill' ? drillLab : defaultLab
  const words = [
    'hl',
    step.command,
    ...step.args.map(typed),
    ...Object.entries(step.flags).flatMap(([flag, value]) =>
      value === true ? [`--${flag}`] : [`--${flag}`, typed(String(value))],
    ),
    ...(hintedCommands[step.command].lab && !(named === own && lab === own) ? ['--lab', typed(named)] : []),
    ...(takesShard === true && about !== null && about !== soleCluster ? ['--shard', typed(about)] : []),
  ].join(' ')
  if (step.why === '') return words
  return `\`${words}\` ${step.why}`
}

/** A placeholder (`<name>`) is for a person, everything else for a shell. */
function typed(text: string): string {
  return /^<[^<>]+>$/.test(text) ? text : shellWord(text)
}
