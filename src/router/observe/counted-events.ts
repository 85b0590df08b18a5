// The events that are published as counts, in one table for every metrics library: what each counts, and what its
// counts are told apart by.
// Not here: requests (served, refused), which are also timed; names and prefixes (prometheus.ts, opentelemetry.ts).
import type {Handlers} from './observed.ts'

/** Every label has few values, so that a count per combination can be kept for good. */
export const countedEvents = {
  attempt_failures: {
    help: 'Tries of a request that failed on a node; retried: the request went on',
    labels: ['node', 'outcome', 'retried'],
  },
  settled_writes: {
    help: 'Writes of unknown outcome that a proof settled; as: applied, or send-again where they surely were not',
    labels: ['node', 'as'],
  },
  primary_changes: {
    help: 'Primaries accepted after another one, or again after they were lost; the first one is no change',
    labels: ['node'],
  },
  primary_losses: {
    help: 'Primaries that were none any more, or whose word was too old; requests waited from then on',
    labels: ['node'],
  },
  primary_refusals: {help: 'Times that a node called itself primary and was not used', labels: ['node', 'why']},
  replica_ejections: {
    help: 'Times that a standby failed or hung and was left out of reads for a while',
    labels: ['node'],
  },
} as const

/** What is counted. */
export type CountedEvent = keyof typeof countedEvents

/** What one count is told apart by. */
export type LabelsOf<Name extends CountedEvent> = Readonly<
  Record<(typeof countedEvents)[Name]['labels'][number], string>
>

/** Listeners that call `count` once for each event of the table. */
export function countingHandlers(
  count: <Name extends CountedEvent>(name: Name, labels: LabelsOf<Name> & {readonly node: string}) => void,
): Handlers {
  return {
    'attempt-failed': ({node, outcome, willRetry}) =>
      count('attempt_failures', {node, outcome, retried: String(willRetry)}),
    'settled': ({node, as}) => count('settled_writes', {node, as}),
    'primary': ({node, previous}) => {
      if (previous !== null) count('primary_changes', {node})
    },
    'primary-lost': ({node}) => count('primary_losses', {node}),
    'primary-refused': ({node, why}) => count('primary_refusals', {node, why}),
    'replica-ejected': ({node}) => count('replica_ejections', {node}),
  }
}
