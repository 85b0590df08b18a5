// What a case of the alert test is. For tests only.
import type {WatchedLab} from './watched-lab.ts'

export interface AlertCase {
  /** What is done, in a few words. */
  readonly what: string
  /** Each of them must fire, arrive at the webhook, and clear. */
  readonly alerts: readonly string[]
  /** What comes with it by right, and why; nothing else may fire. */
  readonly also?: Readonly<Record<string, string>>
  /** They fire before anything is broken: the case before it left them. */
  readonly isThere?: true
  /** What still fires when it is healed, of the case that follows. */
  readonly leaves?: readonly string[]
  /** How long until all of them have arrived; a threshold in seconds is not shortened. Default two minutes. */
  readonly withinMs?: number
  readonly breaks: (world: WatchedLab) => Promise<void>
  readonly heals: (world: WatchedLab) => Promise<void>
}

export const nothing = async (): Promise<void> => Promise.resolve()
