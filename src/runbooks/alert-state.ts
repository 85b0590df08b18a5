// Which alerts of a lab fire, by the word of a Prometheus. Not here: the rules (monitoring/).
import {HlError, messageOf} from '../model/errors.ts'

/** Names of the alerts of that lab that fire now. */
export type FiringAlerts = (lab: string, signal: AbortSignal) => Promise<readonly string[]>

/** `url`: where Prometheus answers. Errors: TARGET_UNREACHABLE. */
export function firingAlerts(url: string): FiringAlerts {
  return async (lab, signal) => {
    const answer = await ask(`${url.replace(/\/+$/, '')}/api/v1/alerts`, signal)
    const firing = firingIn(answer, lab)
    if (firing === null) throw silent(url, 'its answer is not that of a Prometheus')
    return firing
  }
}

async function ask(url: string, signal: AbortSignal): Promise<unknown> {
  try {
    const response = await fetch(url, {signal})
    return await response.json()
  } catch (error) {
    signal.throwIfAborted()
    throw silent(url, messageOf(error))
  }
}

function silent(url: string, why: string): HlError {
  return new HlError('TARGET_UNREACHABLE', `${url} cannot be asked for alerts: ${why}`, {
    next: ['give the address of a Prometheus that has the rules of monitoring/', 'or leave --prometheus out'],
  })
}

/** PURE: an alert without the label lab is of all labs; null for what is no list of alerts. */
export function firingIn(answer: unknown, lab: string): readonly string[] | null {
  const alerts = field(field(answer, 'data'), 'alerts')
  if (!Array.isArray(alerts)) return null
  return alerts.flatMap((alert: unknown): readonly string[] => {
    const labels = field(alert, 'labels')
    const [name, of] = [field(labels, 'alertname'), field(labels, 'lab')]
    const isOurs = of === undefined || of === lab
    return typeof name === 'string' && field(alert, 'state') === 'firing' && isOurs ? [name] : []
  })
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? (Object.entries(value).find(([key]) => key === name)?.[1] as unknown)
    : undefined
}
