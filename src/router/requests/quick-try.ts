// The first try of a statement with nothing around it (no session, no deadline, no client): what the dispatcher would
// do, with one promise and two callbacks.
// Invariant: it decides nothing by itself; whatever goes wrong is handed to the dispatcher as the first try of its
// trail. Measured: bench/router.ts, routing-cost.
import {started} from '../balance/replica.ts'
import type {Connection, StatementResult} from '../connections/connection.ts'
import {renews} from '../connections/renew-statement.ts'
import type {NodePools} from '../connections/node-pools.ts'
import {judgeError, sqlStateOf} from '../failures/classify-error.ts'
import {Deadline, nowMs} from '../time/deadline.ts'
import type {Call} from './call.ts'
import type {Dispatcher} from './dispatcher.ts'
import type {AnswerTime} from './answer-time.ts'
import type {InFlight} from './in-flight.ts'
import {mayHaveCommitted} from './may-have-committed.ts'
import type {Pick, Picker} from './picker.ts'
import {attachRoute, AttemptFailure, type Request, type Route} from './request.ts'
import type {Commits} from '../statements/statement-plan.ts'
import type {ReadWay} from './statement-request.ts'
import {newTrail, type Trail} from './trail.ts'

export interface QuickPorts {
  readonly dispatcher: Dispatcher
  readonly pools: NodePools
  readonly picker: Picker
  readonly inFlight: InFlight
  readonly waitMs: number
  readonly served: (pick: Pick, statement: QuickStatement, ms: number) => void
}

export interface QuickStatement {
  readonly kind: 'read' | 'write'
  readonly commits: Commits
  readonly way: ReadWay
  readonly reason: string
  readonly call: Call
  readonly answerTime: AnswerTime
  /** Only made when the first try fails. */
  readonly request: () => Request<StatementResult>
}

/** Rejects as Dispatcher.serve() does. */
export function quickTry(statement: QuickStatement, ports: QuickPorts): Promise<StatementResult> {
  const {dispatcher, pools, picker} = ports
  const startedMs = nowMs()
  const pick = dispatcher.hasEnded ? null : picker.pick(statement.way, null, startedMs)
  const isFull = pick !== null && dispatcher.isFull && !pools.hasFree(pick.target.node, statement.answerTime.sharing)
  if (pick === null || pick.mustVerify || isFull) return dispatcher.serve(statement.request(), new Deadline(undefined))
  if (pick.replica !== null) started(pick.replica)
  ports.inFlight.enter()
  return new Promise((resolve, reject) => {
    // To ask the clock costs more than all else here: a connection that is free is there at once.
    let isAtOnce = true
    pools.take(pick.target, statement.answerTime.sharing, startedMs, startedMs + ports.waitMs, (error, connection) => {
      const sentMs = isAtOnce ? startedMs : nowMs()
      if (connection === null) resolve(left(afterNoConnection(statement, ports, pick, startedMs, error), ports))
      else send(statement, ports, pick, connection, {startedMs, sentMs}, resolve, reject)
    })
    isAtOnce = false
  })
}

type Resolve = (result: StatementResult | Promise<StatementResult>) => void

function send(
  statement: QuickStatement,
  ports: QuickPorts,
  pick: Pick,
  connection: Connection,
  {startedMs, sentMs}: {readonly startedMs: number; readonly sentMs: number},
  resolve: Resolve,
  reject: (error: unknown) => void,
): void {
  const {picker} = ports
  const waitedMs = sentMs - startedMs
  if (connection.users === 1) connection.progressMs = sentMs
  let answered = false
  let isFirst = true
  const again = (): void => connection.sendTo(statement.call.statement, statement.call.values, onAnswer)
  const onAnswer = (error: Error | null | undefined, result: StatementResult): void => {
    // pg calls twice when a value cannot be sent: at once, and when the connection ends for that.
    if (answered) return
    answered = true
    if (error != null) {
      connection.takeNotices()
      const isAnswer = sqlStateOf(error) !== null
      if (isAnswer) noteAnswer(statement, connection, sentMs, nowMs())
      if (isFirst) {
        isFirst = false
        answered = !renews(connection, error, statement.call.statement, mayRepeat =>
          mayRepeat ? again() : onAnswer(error, result),
        )
        if (!answered) return
      }
      resolve(left(afterFailure(statement, ports, pick, connection, {startedMs, waitedMs}, error), ports))
      return
    }
    const now = nowMs()
    ports.inFlight.leave()
    noteAnswer(statement, connection, sentMs, now)
    if (pick.replica !== null) picker.served(pick.replica, now - startedMs)
    if (pick.role === 'primary' && statement.commits !== 'nothing') picker.everybody.noteWrite(now)
    attachRoute(result, routeOf(statement, pick, waitedMs), connection.takeNotices())
    try {
      connection.release()
    } catch (unreleased) {
      reject(unreleased)
      return
    }
    ports.served(pick, statement, now - startedMs)
    resolve(result)
  }
  again()
}

/** The rest of a statement that goes on elsewhere. */
function left<T>(rest: Promise<T>, {inFlight}: QuickPorts): Promise<T> {
  return rest.finally(() => inFlight.leave())
}

function routeOf({reason}: QuickStatement, {target, role}: Pick, waitedMs: number): Route {
  const {node, timeline} = target
  return {node, role, timeline, waitedMs, attempts: 1, settled: null, reason, token: null}
}

/** How long it took from the answer before it: answers come in order. */
function noteAnswer({answerTime}: QuickStatement, connection: Connection, sentMs: number, now: number): void {
  answerTime.note(now - Math.max(sentMs, connection.progressMs))
  connection.progressMs = now
}

function trailOf({request}: QuickStatement, startedMs: number): Trail<StatementResult> {
  return {...newTrail(request(), new Deadline(undefined, undefined, startedMs)), attempts: 1}
}

async function afterNoConnection(
  statement: QuickStatement,
  {dispatcher, picker}: QuickPorts,
  {target, replica}: Pick,
  startedMs: number,
  cause: unknown,
): Promise<StatementResult> {
  if (replica !== null) picker.notConnected(replica, cause, nowMs() - startedMs)
  const judgement = judgeError(cause, 'connecting')
  const failed = {node: target.node, cause, judgement, connecting: true}
  return dispatcher.goOn(trailOf(statement, startedMs), {
    kind: 'failed',
    failed,
    repeat: judgement.retry !== 'never',
    doubt: null,
  })
}

async function afterFailure(
  statement: QuickStatement,
  {dispatcher, picker}: QuickPorts,
  {target, role, replica}: Pick,
  connection: Connection,
  {startedMs, waitedMs}: {readonly startedMs: number; readonly waitedMs: number},
  cause: unknown,
): Promise<StatementResult> {
  const trail = {...trailOf(statement, startedMs), waitedMs}
  const place = {connection, role, timeline: target.timeline, replica, waitedMs, attempts: 1}
  let tried
  try {
    tried = await dispatcher.judgeFirstTry(
      new AttemptFailure(statement.kind === 'read' ? 'read' : 'autocommit', true, cause),
      place,
      trail,
    )
    const {judgement} = tried.failed
    if (judgement.connectionLost) connection.destroy()
    if (role === 'primary' && mayHaveCommitted(statement.commits, {error: cause, judgement}))
      picker.everybody.noteWrite(nowMs())
  } finally {
    if (replica !== null) picker.ended(replica, connection, trail.deadline, nowMs() - startedMs)
    connection.release()
  }
  trail.waitingSinceMs = nowMs()
  return dispatcher.goOn(trail, tried)
}
