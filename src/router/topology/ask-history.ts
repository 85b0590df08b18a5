// Asks Patroni where the timelines before the present one were left. Not here: what follows for a token
// (freshness/timeline-history.ts).
import {parseTimelineHistory, type TimelineHistory} from '../freshness/timeline-history.ts'
import {getJson} from './discover-patroni.ts'

/**
 * GET /history of whoever answers first; null when nobody tells one that is understood. Never rejects; bounded by
 * `timeoutMs`.
 */
export async function askHistory(urls: readonly string[], timeoutMs: number): Promise<TimelineHistory | null> {
  const done = new AbortController()
  const answers = urls.map(async url => {
    const answer = await getJson(`${url}/history`, timeoutMs, done.signal)
    const history = 'document' in answer ? parseTimelineHistory(answer.document) : null
    if (history === null) throw new Error(`${url} told no history`)
    return history
  })
  try {
    return await Promise.any(answers)
  } catch {
    return null
  } finally {
    done.abort()
  }
}
