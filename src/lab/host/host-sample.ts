// Samples how busy this machine is. Where there is no /proc (macOS), Node's own figures stand in and the rest is null.
// Not here: when to sample (observe.ts), what a file means (parse-proc.ts).
import {readFile} from 'node:fs/promises'
import {cpus, freemem} from 'node:os'
import {cpuShares, parseAvailableMb, parseCpuTimes, parsePressure, type CpuTimes} from './parse-proc.ts'

export interface HostSample {
  readonly cpuBusyPct: number
  readonly stealPct: number | null
  readonly pressurePct: number | null
  readonly memoryAvailableMb: number
}

/** Takes one sample: shares since the one before; null for the first, which has nothing to compare with. */
export type SampleHost = () => Promise<HostSample | null>

/** A sampler with its own memory of the last reading. */
export function hostSampler(): SampleHost {
  let last: CpuTimes | null = null
  return async () => {
    const [stat, pressure, meminfo] = await Promise.all(
      ['/proc/stat', '/proc/pressure/cpu', '/proc/meminfo'].map(
        async file => await readFile(file, 'utf8').catch(() => ''),
      ),
    )
    const linux = parseCpuTimes(stat ?? '')
    const now = linux ?? nodeTimes()
    const shares = last === null ? null : cpuShares(last, now)
    last = now
    if (shares === null) return null
    return {
      cpuBusyPct: shares.busyPct,
      stealPct: linux === null ? null : shares.stealPct,
      pressurePct: parsePressure(pressure ?? ''),
      memoryAvailableMb: parseAvailableMb(meminfo ?? '') ?? Math.round(freemem() / 1_048_576),
    }
  }
}

function nodeTimes(): CpuTimes {
  const times = cpus().map(cpu => cpu.times)
  const busy = times.reduce((sum, time) => sum + time.user + time.nice + time.sys + time.irq, 0)
  return {busy, steal: 0, total: busy + times.reduce((sum, time) => sum + time.idle, 0)}
}
