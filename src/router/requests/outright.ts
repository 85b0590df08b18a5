// read(), write(), transaction(): what the caller says outright, with its options, as requests. Not here: what query()
// finds out about a text (planned-statements.ts), the kinds of requests themselves.
import type {QueryConfig} from 'pg'
import type {StatementResult} from '../connections/connection.ts'
import {currentSession} from '../freshness/session-scope.ts'
import type {Session} from '../freshness/session.ts'
import type {ReadOptions, RequestOptions, Settings, TransactionOptions, WriteOptions} from '../options.ts'
import type {Deadline} from '../time/deadline.ts'
import {readCall} from './call.ts'
import type {Request} from './request.ts'
import {readRequest, writeRequest} from './statement-request.ts'
import {transactionRequest, type Outcome, type TransactionClient} from './transaction-request.ts'

export function outrightRead(
  text: string | QueryConfig<unknown[]>,
  values: readonly unknown[],
  options: ReadOptions,
  settings: Settings,
): Request<StatementResult> {
  return readRequest(readCall(text, [...values]), {
    from: options.from ?? 'prefer-standby',
    consistency: options.consistency ?? settings.consistency,
    session: sessionOf(options),
  })
}

export function outrightWrite(
  text: string | QueryConfig<unknown[]>,
  values: readonly unknown[],
  options: WriteOptions,
): Request<StatementResult> {
  return writeRequest(readCall(text, [...values]), sessionOf(options), options.proof ?? null)
}

export function outrightTransaction<T>(
  work: (client: TransactionClient) => Promise<T>,
  options: TransactionOptions,
  settings: Settings,
  deadline: Deadline,
): Request<Outcome<T>> {
  return transactionRequest({
    work,
    rerun: options.rerun ?? true,
    readOnly: options.readOnly ?? false,
    isolation: options.isolation ?? null,
    key: options.idempotencyKey ?? null,
    tokens: settings.commitTokens,
    proof: options.proof ?? null,
    session: sessionOf(options),
    consistency: options.consistency ?? settings.consistency,
    deadline,
  })
}

function sessionOf({session}: RequestOptions): Session | null {
  return session ?? currentSession()
}
