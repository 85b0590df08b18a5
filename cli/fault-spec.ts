// A fault from words on the command line. PURE. Errors: FAULT_UNKNOWN with the nearest kind, USAGE.
import {hint} from '../src/model/command-hint.ts'
import {HlError} from '../src/model/errors.ts'
import {
  selectors,
  type Direction,
  type FaultKind,
  type FaultSpec,
  type Peer,
  type Target,
} from '../src/model/scenario.ts'
import {closest, suggestions} from './closest.ts'

export const peers = ['members', 'dcs', 'clients'] as const satisfies readonly Peer[]
export const directions = ['both', 'in', 'out'] as const satisfies readonly Direction[]

export interface FaultWords {
  readonly kind: string
  /** A service by name, or a selector. */
  readonly node: string
  readonly from: readonly Peer[]
  readonly direction: Direction
}

/** `kinds` are those of the registry. */
export function faultSpec({kind, node, from, direction}: FaultWords, kinds: readonly FaultKind[]): FaultSpec {
  const known = kinds.find(candidate => candidate === kind)
  if (known === undefined) {
    const near = closest(kind, kinds)
    throw new HlError('FAULT_UNKNOWN', `no fault is called "${kind}"`, {
      next: [...(near === null ? [] : [`did you mean ${near}`]), hint('faults list', {why: 'shows them'})],
    })
  }
  const target = targetOf(node)
  if (known !== 'partition' && (from.length > 0 || direction !== 'both'))
    throw new HlError('USAGE', `--from and --direction are about a partition, not about ${known}`, {
      next: ['leave them out'],
    })
  if (known !== 'partition') return {kind: known, target}
  if (from.length === 0)
    throw new HlError('USAGE', 'a partition needs to know from whom', {
      next: [
        hint('faults inject', {
          args: ['partition'],
          flags: {node: 'pg1', from: 'members'},
          why: 'and more: --from dcs, --from clients',
        }),
      ],
    })
  return {kind: known, target, from, direction}
}

/** Names of services end in a number, but for these two. */
const isService = (node: string): boolean => /\d$/.test(node) || ['archive', 'pgpool'].includes(node)

function targetOf(node: string): Target {
  const selector = selectors.find(candidate => candidate === node)
  if (selector === undefined && !isService(node))
    throw new HlError('NODE_UNKNOWN', `"${node}" is neither a node nor one of ${selectors.join(', ')}`, {
      next: [
        ...suggestions(node, selectors).map(near => `did you mean ${near}`),
        hint('status', {why: 'shows the nodes of the lab'}),
      ],
    })
  return selector === undefined ? {select: 'named', name: node} : {select: selector}
}
