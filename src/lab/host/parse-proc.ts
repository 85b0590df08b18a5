// PURE: Linux's /proc files -> how busy the host is. Invariant: what a file does not say is null. Not here: reading
// them (host-sample.ts).

/** Jiffies since boot. */
export interface CpuTimes {
  readonly busy: number
  readonly steal: number
  readonly total: number
}

/** The first line of /proc/stat: user nice system idle iowait irq softirq steal (guest is part of user). */
export function parseCpuTimes(stat: string): CpuTimes | null {
  const match = /^cpu\s+((?:\d+\s*){4,})/m.exec(stat)
  if (match === null) return null
  const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] = (match[1] ?? '')
    .trim()
    .split(/\s+/)
    .map(Number)
  const busy = user + nice + system + irq + softirq
  return {busy, steal, total: busy + steal + idle + iowait}
}

/** Shares of the time between two readings, in percent; null when no time went by. */
export function cpuShares(from: CpuTimes, to: CpuTimes): {readonly busyPct: number; readonly stealPct: number} | null {
  const total = to.total - from.total
  if (total <= 0) return null
  const share = (part: number): number => Math.round((1000 * Math.max(0, part)) / total) / 10
  return {busyPct: share(to.busy - from.busy), stealPct: share(to.steal - from.steal)}
}

/** `some avg10` of /proc/pressure/cpu in percent. */
export function parsePressure(pressure: string): number | null {
  const match = /^some avg10=(\d+(?:\.\d+)?)/m.exec(pressure)
  return match === null ? null : Number(match[1])
}

/** MemAvailable of /proc/meminfo in MB. */
export function parseAvailableMb(meminfo: string): number | null {
  const match = /^MemAvailable:\s+(\d+) kB/m.exec(meminfo)
  return match === null ? null : Math.round(Number(match[1]) / 1_024)
}

/**
 * Field 22 of /proc/<pid>/stat, the start of the process in ticks; empty when it is not there. The command name may
 * hold anything.
 */
export function parseProcessStart(stat: string): string {
  const afterName = stat
    .slice(stat.lastIndexOf(')') + 1)
    .trim()
    .split(/\s+/)
  return stat.includes(')') ? (afterName[19] ?? '') : ''
}
