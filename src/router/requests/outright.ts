// read(), write(), transaction(): what the caller says outright, with its options, as requests. Not here: what query()
// finds out about a text (planned-statements.ts), the kinds of requests themselves.
import type {StatementResult} from '../connections/connection.ts'
import {currentSession} from '../freshness/session-scope.ts'
import type {Session} from '../freshness/session.ts'
import type {ReadOptions, RequestOptions, Settings, TransactionOptions, WriteOptions} from '../options.ts'
import type {Knowledge} from '../statements/knowledge.ts'
import type {Deadline} from '../time/deadline.ts'
import {isSubmittable, sendable, type Call} from './call.ts'
import type {PlannedStatements} from './planned-statements.ts'
import type {Request} from './request.ts'
import {readRequest, writeRequest} from './statement-request.ts'
import type {ReadArguments, TransactionClient} from './transaction-client.ts'
import {transactionRequest, type Outcome} from './transaction-request.ts'

/** Throws what pg would refuse, and for what sends itself: nothing could be sent again of that. */
export function outrightCall(statements: PlannedStatements, statement: unknown, values: unknown): Call {
  if (isSubmittable(statement)) throw new TypeError('a cursor, stream or COPY is for a client, or for query()')
  return sendable(statements.read(statement, values))
}

export function outrightRead(
  call: Call,
  options: ReadOptions,
  settings: Settings,
  knowledge: Knowledge,
): Request<StatementResult> {
  return readRequest(call, knowledge.planOf(call.text), {
    from: options.from ?? null,
    consistency: options.consistency ?? settings.consistency,
    session: sessionOf(options),
  })
}

export function outrightWrite(call: Call, options: WriteOptions, knowledge: Knowledge): Request<StatementResult> {
  return writeRequest(call, knowledge.planSoFar(call.text), sessionOf(options), options.proof ?? null)
}

export function outrightTransaction<T>(
  work: (client: TransactionClient) => Promise<T>,
  read: ReadArguments,
  options: TransactionOptions,
  settings: Settings,
  deadline: Deadline,
  knowledge: Knowledge,
): Request<Outcome<T>> {
  return transactionRequest({
    work,
    read,
    rerun: options.rerun ?? true,
    readOnly: options.readOnly ?? false,
    isolation: options.isolation ?? null,
    key: options.idempotencyKey ?? null,
    tokens: settings.commitTokens,
    proof: options.proof ?? null,
    session: sessionOf(options),
    consistency: options.consistency ?? settings.consistency,
    deadline,
    planOf: text => (options.readOnly === true ? knowledge.planOf(text) : knowledge.planSoFar(text)),
  })
}

function sessionOf({session}: RequestOptions): Session | null {
  return session ?? currentSession()
}
