// The one table of every setting: type, default, environment name, doc line. Invariant: flags carry no defaults, so
// that flag > HL_* > file > default holds.
// Not here: reading files or the environment (cli/load-settings.ts).
import {parseDurationMs} from '../model/time.ts'
import type {SynchronousMode} from '../model/topology.ts'
import {archiveModes} from '../model/backup.ts'
import {accessPaths} from '../model/scenario.ts'

export interface Field<T> {
  /** The flag and the key in hl.config.json. */
  readonly name: string
  readonly env: string
  readonly default: T
  readonly doc: string
  /** What a value may be, in words. */
  readonly takes: string
  /** Parses the text form or a JSON value; null when it does not fit. */
  readonly parse: (value: unknown) => T | null
}

/** How a value is read, and what it may be. */
interface Kind<T> {
  readonly takes: string
  readonly parse: (value: unknown) => T | null
}

const text = (takes: string): Kind<string> => ({
  takes,
  parse: value => (typeof value === 'string' && value !== '' ? value : null),
})
const oneOf = <T extends string>(...words: readonly T[]): Kind<T> => ({
  takes: `one of ${words.join(', ')}`,
  parse: value => words.find(word => word === value) ?? null,
})
const integer = (min: number, max: number): Kind<number> => ({
  takes: max === Number.MAX_SAFE_INTEGER ? `a whole number from ${min} on` : `a whole number from ${min} to ${max}`,
  parse: value => {
    const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value
    return typeof number === 'number' && Number.isSafeInteger(number) && number >= min && number <= max ? number : null
  },
})
const onOff: Kind<boolean> = {
  takes: 'on or off',
  parse: value =>
    value === true || value === 'on' || value === 'true'
      ? true
      : value === false || value === 'off' || value === 'false'
        ? false
        : null,
}
/** Whole seconds from `20`, `20s` or `1m`. */
const seconds: Kind<number> = {
  takes: 'whole seconds, such as 20s or 1m',
  parse: value => {
    const ms = typeof value === 'number' ? value * 1_000 : typeof value === 'string' ? parseDurationMs(value) : null
    return ms !== null && ms >= 0 && ms % 1_000 === 0 ? ms / 1_000 : null
  },
}
const milliseconds: Kind<number> = {
  takes: 'a duration such as 500ms, 30s or 2m; a bare number is seconds',
  parse: value =>
    typeof value === 'number' && value >= 0 ? value * 1_000 : typeof value === 'string' ? parseDurationMs(value) : null,
}

/** `null` as default: not set, the scenario or the lab decides. */
export const fields = {
  lab: {name: 'lab', env: 'HL_LAB', default: 'lab', doc: 'name of the lab', ...text('a name')},
  runs: {name: 'runs', env: 'HL_RUNS', default: '.hl/runs', doc: 'folder of stored runs', ...text('a path')},
  incidents: {
    name: 'incidents',
    env: 'HL_INCIDENTS',
    default: '.hl/incidents',
    doc: 'folder of what came of following runbooks',
    ...text('a path'),
  },
  reach: {
    name: 'reach',
    env: 'HL_REACH',
    default: 'auto',
    doc: 'how hl reaches the nodes: container addresses, published ports, or whichever works',
    ...oneOf('auto', 'container', 'published'),
  },
  through: {
    name: 'through',
    env: 'HL_THROUGH',
    default: 'router',
    doc:
      'the access path that the load takes; multi-host: a driver that knows every node, direct: the first primary ' +
      'and no other node',
    ...oneOf(...accessPaths),
  },
  repeat: {name: 'repeat', env: 'HL_REPEAT', default: 1, doc: 'trials in a row', ...integer(1, 1_000)},
  seed: {
    name: 'seed',
    env: 'HL_SEED',
    default: null,
    doc: 'seed of everything random; drawn and printed when absent',
    ...integer(0, 4_294_967_295),
  },
  sync: {
    name: 'sync',
    env: 'HL_SYNC',
    default: null,
    doc: 'synchronous mode',
    ...oneOf<SynchronousMode>('off', 'on', 'strict', 'quorum'),
  },
  ttl: {name: 'ttl', env: 'HL_TTL', default: null, doc: 'Patroni ttl (at least 20s)', ...seconds},
  loopWait: {name: 'loop-wait', env: 'HL_LOOP_WAIT', default: null, doc: 'Patroni loop_wait', ...seconds},
  retryTimeout: {
    name: 'retry-timeout',
    env: 'HL_RETRY_TIMEOUT',
    default: null,
    doc: 'Patroni retry_timeout',
    ...seconds,
  },
  failsafe: {name: 'failsafe', env: 'HL_FAILSAFE', default: null, doc: 'Patroni failsafe_mode', ...onOff},
  archive: {
    name: 'archive',
    env: 'HL_ARCHIVE',
    default: null,
    doc: 'how WAL gets into the archive of a new lab; none: it has no archive',
    ...oneOf(...archiveModes),
  },
  encrypt: {
    name: 'encrypt',
    env: 'HL_ENCRYPT',
    default: null,
    doc: 'the archive of a new lab holds what it cannot open; with archive command only',
    ...onOff,
  },
  rtoMax: {name: 'rto-max', env: 'HL_RTO_MAX', default: null, doc: 'fail when the RTO is longer', ...milliseconds},
  rpoMax: {
    name: 'rpo-max',
    env: 'HL_RPO_MAX',
    default: null,
    doc: 'fail when more acknowledged writes are lost',
    ...integer(0, Number.MAX_SAFE_INTEGER),
  },
  writes: {name: 'writes', env: 'HL_WRITES', default: null, doc: 'ledger writes per second', ...integer(1, 5_000)},
  portBase: {
    name: 'port-base',
    env: 'HL_PORT_BASE',
    default: null,
    doc: 'first of the published ports; a free block when absent',
    ...integer(1_024, 65_000),
  },
} as const satisfies Record<string, Field<unknown>>

type Parsed<F> = F extends {readonly parse: (value: unknown) => infer T | null; readonly default: infer D}
  ? D extends null
    ? T | null
    : T
  : never
/** Every setting, parsed. */
export type Settings = {readonly [K in keyof typeof fields]: Parsed<(typeof fields)[K]>}
