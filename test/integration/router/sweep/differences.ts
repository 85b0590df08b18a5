// Where the router is meant to differ from pg.Pool, each with the line of the documentation that it rests on. For tests
// only. Invariants: the line is in the documentation, and the difference occurs, but for what occurs sometimes;
// sweep.test.ts fails on one that does not.
import {textOf, type Case} from './case.ts'
import {differenceOf, failed, type Answer, type Outcome} from './outcome.ts'
import type {PlaceName} from './places.ts'

export interface Difference {
  readonly name: string
  readonly page: 'docs/router.md' | 'docs/api/router.md'
  /** A part of one line of the page. */
  readonly line: string
  readonly places: readonly PlaceName[]
  /** Whether it occurs depends on the moment at which the catalogue was last asked. */
  readonly sometimes?: true
  /** Is this what came, in the place of what was wanted? */
  readonly is: (wanted: Outcome, got: Outcome, test: Case) => boolean
}

const apart: readonly PlaceName[] = ['read()', 'write()', 'transaction()', 'transaction() READ ONLY']

export const differences: readonly Difference[] = [
  {
    name: 'BEGIN through the pool is refused',
    page: 'docs/router.md',
    line: '**`BEGIN` through the pool is refused** (`TRANSACTION_OPEN`)',
    places: ['query()', 'read()', 'write()'],
    is: (wanted, got) =>
      codeOf(got) === 'TRANSACTION_OPEN' && got.state === 'as before' && !failed(wanted.answers.at(-1)),
  },
  {
    name: 'read() on a standby refuses what writes',
    page: 'docs/router.md',
    line: '`read()` trusts its caller',
    places: ['read()'],
    is: (_, got) => refusedByStandby.has(codeOf(got)) && got.state === 'as before',
  },
  {
    name: 'texts of several statements are refused outside of query() and clients',
    page: 'docs/api/router.md',
    line: 'statement per call: text with several is',
    places: apart,
    is: (_, got) =>
      messageOf(got) === 'cannot insert multiple commands into a prepared statement' && got.state === 'as before',
  },
  {
    name: 'parameters without values are refused as such outside of query() and clients',
    page: 'docs/api/router.md',
    line: 'statement per call: text with several is',
    places: apart,
    is: (_, got, {steps}) =>
      codeOf(got) === '08P01' && steps.every(step => typeof step === 'string') && got.state === 'as before',
  },
  {
    name: 'BEGIN that is answered at once warns of nothing',
    page: 'docs/router.md',
    line: '**`BEGIN` is answered at once and sent with the first statement**',
    places: ['client', 'BEGIN', 'READ ONLY'],
    is: (wanted, got) =>
      differenceOf({...wanted, told: withoutWarnings(wanted)}, {...got, told: withoutWarnings(got)}) === null,
  },
  {
    name: 'a first statement that ends the transaction and fails leaves it lost',
    page: 'docs/router.md',
    line: 'A first statement that ends the transaction by itself and then fails',
    places: ['BEGIN', 'READ ONLY'],
    is: ({answers, state}, got) =>
      errorOf(got.probe)['code'] === 'TRANSACTION_LOST' &&
      JSON.stringify([answers, state]) === JSON.stringify([got.answers, got.state]),
  },
  {
    name: 'a lost connection is told as such',
    page: 'docs/router.md',
    line: 'Everything else is a `RouterError` with',
    places: ['query()', 'client', 'BEGIN', 'READ ONLY', ...apart],
    is: (wanted, got) =>
      lastError(wanted)['severity'] === 'FATAL' &&
      (codeOf(got) === 'CONNECTION_LOST' || (lastError(got)['severity'] === 'FATAL' && got.refusedAtEnd === null)),
  },
  {
    name: 'what only the primary does is refused on a standby that answered a query',
    page: 'docs/router.md',
    line: "After that a client's is refused: `PRIMARY_NEEDED`",
    places: ['client', 'READ ONLY'],
    is: (_, got) => codeOf(got) === 'PRIMARY_NEEDED' && got.state === 'as before',
  },
  {
    name: 'what a standby refuses is told with the way out',
    page: 'docs/router.md',
    line: 'so is a cursor or stream that a standby refuses',
    places: ['client', 'READ ONLY'],
    is: (_, got) => String(lastError(got)['hint']).includes('/* hl: primary */') && got.state === 'as before',
  },
  {
    name: 'a volatile function is called on a standby in a READ ONLY transaction',
    page: 'docs/router.md',
    line: 'is answered there, and so is a volatile function of your own',
    places: ['READ ONLY', 'transaction() READ ONLY'],
    is: (wanted, got) => got.locks === '' && differenceOf({...wanted, locks: ''}, got) === null,
  },
  {
    name: 'what is about the connection is answered on a standby in a READ ONLY transaction',
    page: 'docs/router.md',
    line: 'Within a transaction on a standby what is about the connection is answered there',
    places: ['READ ONLY', 'transaction() READ ONLY'],
    is: (wanted, got, {steps}) => steps.some(step => aboutConnection.test(textOf(step))) && isOtherAnswer(wanted, got),
  },
  {
    name: 'read() of a relation that is not in the catalogue yet may be answered by a standby',
    page: 'docs/router.md',
    line: 'as far as its names are in the catalogue',
    sometimes: true,
    places: ['read()'],
    is: (wanted, got, {before}) => before !== undefined && isOtherAnswer(wanted, got),
  },
  {
    name: 'a statement that the database has outgrown is prepared again',
    page: 'docs/router.md',
    line: 'is closed and prepared again, once',
    places: ['client'],
    is: (wanted, got) => messageOf(wanted) === 'cached plan must not change result type' && !failed(got.answers.at(-1)),
  },
]

/** In texts; views over them too. */
const aboutConnection =
  /recovery|backend_pid|pg_settings|in_hot_standby|synchronous_standby_names|pg_last_|replay_pause|FROM made/i

/** It was answered, and that is all that differs. */
function isOtherAnswer(wanted: Outcome, got: Outcome): boolean {
  return !failed(got.answers.at(-1)) && differenceOf({...wanted, answers: got.answers}, got) === null
}

function withoutWarnings({told = []}: Outcome): readonly string[] {
  return told.filter(one => !/^WARNING (25001|25P01) /.test(one))
}

/** read_only_sql_transaction, feature_not_supported, object_not_in_prerequisite_state: "during recovery". */
const refusedByStandby: ReadonlySet<string> = new Set(['25006', '0A000', '55000'])

function errorOf(answer: Answer | undefined): Readonly<Record<string, unknown>> {
  return answer !== undefined && 'error' in answer ? answer.error : {}
}

const lastError = ({answers}: Outcome): Readonly<Record<string, unknown>> => errorOf(answers.at(-1))

const codeOf = (outcome: Outcome): string => String(lastError(outcome)['code'])
const messageOf = (outcome: Outcome): unknown => lastError(outcome)['message']
