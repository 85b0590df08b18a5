// What cannot be the same in two executions, and why; only the kind of value is compared then. For tests only.
// Invariant: nothing else is left out of the comparison.

/** Each with the reason. */
export const natures = {
  clock: 'two executions are at two moments',
  random: 'drawn anew each time',
  pid: 'each connection has its own process; whether it is one of the primary is compared',
  xid: 'each transaction has its own number',
  lsn: 'the log moves on',
  oid: 'each object that is made has its own number',
  cost: 'a plan shows times and costs',
  node: 'each server has its own address, directory and start',
} as const

export type Nature = keyof typeof natures

/** A value of that nature, as it is compared. `pids` are the processes of the primary. */
export function normalValue(nature: Nature | undefined, value: unknown, pids: ReadonlySet<number>): unknown {
  if (nature === undefined || value === null) return value
  if (nature === 'pid') return pids.has(Number(value)) ? 'a process of the primary' : 'no process of the primary'
  return value instanceof Date ? 'a date' : `a ${typeof value}`
}

/** Numbers of processes, transactions and objects in a message of the server. */
export function normalMessage(message: string): string {
  return message
    .replace(/\b(process|transaction|relation|database|PID|oid|OID) \d+/g, '$1 N')
    .replace(/\b\d+\.\d+ ms\b/g, 'N ms')
    .replace(/pg_temp_\d+/g, 'pg_temp_N')
}
