// What a fenced block says of itself behind its language: `sh on=<node> effect=changes timeout=5m`. PURE. Invariant:
// what it does not know is a problem, not passed over.
import {parseDurationMs} from '../model/time.ts'
import {effects, type Block} from './runbook.ts'

export type BlockInfo = Pick<
  Block,
  'language' | 'on' | 'effect' | 'audience' | 'inCase' | 'exitCode' | 'retryMs' | 'timeoutMs'
>

const defaultTimeoutMs = 120_000
const audiences = ['lab', 'machines'] as const

interface Attribute {
  readonly takes: string
  /** null: not such a value. */
  read(value: string): Partial<BlockInfo> | null
}

const duration = (value: string, put: (ms: number) => Partial<BlockInfo>): Partial<BlockInfo> | null => {
  const ms = parseDurationMs(value)
  return ms === null || ms === 0 ? null : put(ms)
}

const attributes: Readonly<Record<string, Attribute>> = {
  on: {
    takes: 'host, any, primary, standby, the name of a node, or a placeholder such as <node>',
    read: value => (/^(?:[a-z][a-z0-9-]*|<[a-z][a-z-]*>)$/.test(value) ? {on: value} : null),
  },
  effect: {
    takes: effects.join(' or '),
    read: value => {
      const effect = effects.find(each => each === value)
      return effect === undefined ? null : {effect}
    },
  },
  for: {
    takes: audiences.join(' or '),
    read: value => {
      const audience = audiences.find(each => each === value)
      return audience === undefined ? null : {audience}
    },
  },
  case: {
    takes: 'one of the cases of the front matter',
    read: value => (/^[a-z][a-z0-9-]*$/.test(value) ? {inCase: value} : null),
  },
  exit: {
    takes: 'an exit code, 0 to 255',
    read: value => (/^\d{1,3}$/.test(value) && Number(value) <= 255 ? {exitCode: Number(value)} : null),
  },
  retry: {takes: 'a duration such as 60s', read: value => duration(value, retryMs => ({retryMs}))},
  timeout: {takes: 'a duration such as 60s', read: value => duration(value, timeoutMs => ({timeoutMs}))},
}

/** Of a block in one of the languages that are carried out. */
export function readInfo(
  language: BlockInfo['language'],
  meta: string,
): {readonly info: BlockInfo; readonly problems: readonly string[]} {
  const problems: string[] = []
  let info: BlockInfo = {
    language,
    on: language === 'sql' ? 'primary' : 'host',
    effect: 'reads',
    audience: 'everybody',
    inCase: null,
    exitCode: 0,
    retryMs: null,
    timeoutMs: defaultTimeoutMs,
  }
  const seen = new Set<string>()
  for (const word of meta.split(/\s+/).filter(each => each !== '')) {
    const [, name = word, value = ''] = /^([a-z]+)=(.+)$/.exec(word) ?? []
    const attribute = Object.hasOwn(attributes, name) ? attributes[name] : undefined
    const read = attribute?.read(value) ?? null
    if (attribute === undefined) problems.push(`"${word}" is none of ${Object.keys(attributes).join('=, ')}=`)
    else if (seen.has(name)) problems.push(`${name} is said twice`)
    else if (read === null) problems.push(`${name} takes ${attribute.takes}, not ${value === '' ? 'nothing' : value}`)
    else info = {...info, ...read}
    seen.add(name)
  }
  if (info.retryMs !== null && info.effect !== 'reads')
    problems.push('what changes something is not repeated: no retry')
  if (language === 'sql' && info.on === 'host') problems.push('SQL is for a node: on=host cannot be')
  return {info, problems}
}
