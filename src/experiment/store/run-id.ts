// Names of runs: short enough to type, in order within a year. PURE. Not here: the folder of that name (run-folder.ts).
import type {Random} from '../../model/ports.ts'

/** `1122-101502-a3`: month, day, time and two random digits, from an ISO time. */
export function newRunId(wallTime: string, random: Random): string {
  const [, month, day, hour, minute, second] = /^\d{4}-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)/.exec(wallTime) ?? []
  const tail = Math.floor(random.next() * 256)
    .toString(16)
    .padStart(2, '0')
  return `${month ?? '00'}${day ?? '00'}-${hour ?? '00'}${minute ?? '00'}${second ?? '00'}-${tail}`
}

/** Is this text the name of a run and nothing else (no path, no link)? */
export function isRunId(text: string): boolean {
  return /^\d{4}-\d{6}-[0-9a-f]{2}$/.test(text)
}
