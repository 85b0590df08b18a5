// Under which conditions something was measured. Not here: the versions of servers (the parts ask them).
import {readFileSync} from 'node:fs'
import {cpus, loadavg, release, totalmem} from 'node:os'

export interface Conditions {
  readonly date: string
  readonly command: string
  readonly cpu: string
  readonly memoryGib: number
  readonly kernel: string
  /** Of one minute, before anything was started: above 1 something else was running. */
  readonly loadBefore: number
  readonly versions: Readonly<Record<string, string>>
}

export function conditionsNow(command: string): Conditions {
  return {
    date: new Date().toISOString(),
    command,
    cpu: `${cpus().length} x ${cpus()[0]?.model.trim() ?? 'unknown'}`,
    memoryGib: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    loadBefore: loadavg()[0] ?? Number.NaN,
    versions: {
      'Node': process.versions.node,
      'pg': versionOf('pg'),
      'pg-pool': versionOf('pg-pool'),
      'libpg-query': versionOf('libpg-query'),
    },
  }
}

export function conditionsText({date, command, cpu, memoryGib, kernel, loadBefore, versions}: Conditions): string {
  const busy = loadBefore > 1 ? ' **The machine was not quiet: figures are rough.**' : ''
  return `${date.slice(0, 16).replace('T', ' ')} UTC; ${cpu}, ${memoryGib} GiB, Linux ${kernel}; load before ${loadBefore.toFixed(1)}.${busy} ${Object.entries(
    versions,
  )
    .map(([name, version]) => `${name} ${version}`)
    .join(', ')}. Repeat: \`${command}\``
}

function versionOf(name: string): string {
  const text = readFileSync(new URL(`../../node_modules/${name}/package.json`, import.meta.url), 'utf8')
  return (JSON.parse(text) as {readonly version: string}).version
}
