// What query() does with a statement: its plan says what it needs, and it goes the shortest way there is. Invariant:
// BEGIN never begins on a connection that is nobody's. Not here: finding the plan (statements/), clients that keep
// their connection (client/).
import type {StatementResult} from '../connections/connection.ts'
import {RouterError} from '../failures/router-error.ts'
import {currentSession} from '../freshness/session-scope.ts'
import type {Knowledge} from '../statements/knowledge.ts'
import type {StatementPlan} from '../statements/statement-plan.ts'
import {Deadline, nowMs} from '../time/deadline.ts'
import {readCall, sendable, type Call, type TextOfName} from './call.ts'
import {StatementNames} from './statement-names.ts'
import {UnsharedAnswerTime, AnswerTimes} from './answer-time.ts'
import {quickTry, type QuickPorts} from './quick-try.ts'
import type {Request} from './request.ts'
import {bindRequest, plannedRequest, type ReadWay, type StatementMemory} from './statement-request.ts'
import {WriteHabits} from './write-habits.ts'

export interface StatementSettings {
  readonly reads: 'auto' | 'primary'
  readonly consistency: ReadWay['consistency']
  readonly deadlineMs: number | undefined
  /** May short reads share a connection? */
  readonly pipelining: boolean
}

const alone = new UnsharedAnswerTime()
const primaryWay: ReadWay = {from: 'primary', consistency: 'session', session: null}

export class PlannedStatements {
  readonly #knowledge: Knowledge
  readonly #ports: QuickPorts
  readonly #deadlineMs: number | undefined
  readonly #pipelining: boolean
  readonly #answerTimes = new AnswerTimes()
  readonly #names = new StatementNames()
  readonly #habits = new WriteHabits()
  readonly #memory: StatementMemory
  /** Of reads outside of a session. */
  readonly #readWay: ReadWay

  constructor(settings: StatementSettings, knowledge: Knowledge, ports: QuickPorts) {
    this.#knowledge = knowledge
    this.#ports = ports
    this.#deadlineMs = settings.deadlineMs
    this.#pipelining = settings.pipelining
    this.#memory = {
      learn: (text, sqlState) => knowledge.learn(text, sqlState),
      // What is given up at its deadline must be one statement.
      habits: settings.deadlineMs === undefined ? this.#habits : null,
    }
    this.#readWay = {
      from: settings.reads === 'auto' ? 'prefer-standby' : 'primary',
      consistency: settings.consistency,
      session: null,
    }
  }

  planOf(text: string): StatementPlan {
    return this.#knowledge.planOf(text)
  }

  /** `prepared`: on the connection that the caller has, if any. Throws as readCall() does. */
  read(statement: unknown, values: unknown, prepared?: TextOfName): Call {
    const {textOf} = this.#names
    const call = readCall(statement, values, prepared === undefined ? textOf : name => prepared(name) ?? textOf(name))
    this.#names.note(call)
    return call
  }

  /** One statement of a pool. Rejects also where the arguments are wrong, as pg-pool does. */
  run(statement: unknown, values: unknown): Promise<StatementResult> {
    try {
      if (typeof statement === 'function')
        throw new Error('Passing a function as the first parameter to pool.query is not supported')
      const call = sendable(this.read(statement, values))
      return this.#serve(call, this.planOf(call.text))
    } catch (error) {
      return Promise.reject(error instanceof Error ? error : new Error(String(error)))
    }
  }

  /** The request that a statement is by its plan. */
  request(call: Call, plan: StatementPlan): Request<StatementResult> {
    return plannedRequest(call, plan, this.#way(), this.#memory)
  }

  /** A connection for a statement that sends itself. */
  bindRequest(plan: StatementPlan, onStandby: boolean, before: readonly Call[]): Request<null> {
    return bindRequest(plan, onStandby, before, this.#way())
  }

  #serve(call: Call, plan: StatementPlan): Promise<StatementResult> {
    if (plan.kind === 'begin')
      throw new RouterError(
        'TRANSACTION_OPEN',
        "BEGIN through the pool would begin a transaction on a connection that is nobody's",
        {outcome: 'not-sent', hint: 'use connect() or transaction()'},
      )
    const isMeasured = plan.commits === 'perhaps' && this.#habits.mayBeRead(plan, nowMs())
    const mustWatch =
      plan.kind === 'session' || isMeasured || this.#deadlineMs !== undefined || currentSession() !== null
    if (mustWatch) return this.#ports.dispatcher.serve(this.request(call, plan), new Deadline(this.#deadlineMs))
    const kind = plan.kind === 'read' ? 'read' : 'write'
    const answerTime = kind === 'read' && this.#pipelining && mayShare(call) ? this.#answerTimes.of(plan) : alone
    return quickTry(
      {
        kind,
        commits: plan.commits,
        way: kind === 'read' && plan.node === 'any' ? this.#readWay : primaryWay,
        reason: plan.reason,
        call,
        answerTime,
        request: () => this.request(call, plan),
      },
      this.#ports,
    )
  }

  #way(): ReadWay {
    return {...this.#readWay, session: currentSession()}
  }
}

/**
 * pg ends a connection on which a bound of the statement's own is missed, and asks for rows piece by piece only where
 * nobody else does.
 */
function mayShare({statement}: Call): boolean {
  return typeof statement === 'string' || !('query_timeout' in statement || 'rows' in statement)
}
