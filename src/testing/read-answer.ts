// What a request resolved with, where that is a `Response`. Invariant: any other value is an answer that went well; 4xx
// is a refusal, everything else that is not ok may have been carried out. Not here: sending (request-load.ts).
import type {Reach} from '../load/access-paths/access-path.ts'

export interface AnswerProblem {
  readonly reach: Reach
  readonly code: string
  readonly message: string
}

/** null: it went well. */
export function answerProblem(answer: unknown): AnswerProblem | null {
  if (!isResponse(answer) || answer.ok) return null
  const {status} = answer
  const refused = status >= 400 && status < 500
  return {reach: refused ? 'not-applied' : 'unknown', code: `HTTP_${status}`, message: `answered with ${status}`}
}

/** A body that nobody reads keeps its connection. */
export function releaseAnswer(answer: unknown): void {
  if (!isResponse(answer) || answer.bodyUsed === true) return
  answer.body?.cancel().catch(() => undefined)
}

interface AnyResponse {
  readonly ok: boolean
  readonly status: number
  readonly bodyUsed?: boolean
  readonly body?: {cancel(): Promise<unknown>} | null
}

function isResponse(answer: unknown): answer is AnyResponse {
  return (
    typeof answer === 'object' &&
    answer !== null &&
    'ok' in answer &&
    typeof answer.ok === 'boolean' &&
    'status' in answer &&
    typeof answer.status === 'number'
  )
}
